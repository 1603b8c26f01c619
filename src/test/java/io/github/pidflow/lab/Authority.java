package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A certificate authority created by openssl(1) in its own folder, and the certificates it signs.
 */
public final class Authority {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path folder;
  private final String name;
  private int signed;

  /** A certificate with its key, each a PEM file. */
  public record Identity(Path certificate, Path key) {

    /** Replaces another certificate with this one, first the certificate, then its key. */
    public void replace(Identity other) {
      try {
        Files.copy(certificate, other.certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(key, other.key, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Authority(Path folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  public static Authority create(Path folder, String name) {
    Authority authority = new Authority(folder, name);
    try {
      Files.writeString(folder.resolve(name + ".index"), "");
      Files.writeString(folder.resolve(name + ".index.attr"), "unique_subject = no\n");
      Files.writeString(folder.resolve(name + ".serial"), "1000\n");
      Files.writeString(
          folder.resolve(name + ".cnf"),
          """
          [ca]
          default_ca = this
          [this]
          database = %1$s.index
          serial = %1$s.serial
          new_certs_dir = .
          default_md = sha256
          policy = any
          [any]
          commonName = supplied
          """
              .formatted(folder.resolve(name))
              .replace("new_certs_dir = .", "new_certs_dir = " + folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    authority.openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        folder.resolve(name + ".key").toString(),
        "-out",
        authority.certificate().toString());
    return authority;
  }

  public Path certificate() {
    return folder.resolve(name + ".pem");
  }

  /** A certificate valid today, with a new EC key. */
  public Identity sign(String commonName, String subjectAlternativeNames) {
    Instant now = Instant.now();
    return sign(
        commonName,
        subjectAlternativeNames,
        now.minus(1, ChronoUnit.DAYS),
        now.plus(1, ChronoUnit.DAYS));
  }

  /** A certificate that expired yesterday. */
  public Identity signExpired(String commonName, String subjectAlternativeNames) {
    Instant now = Instant.now();
    return sign(
        commonName,
        subjectAlternativeNames,
        now.minus(3, ChronoUnit.DAYS),
        now.minus(1, ChronoUnit.DAYS));
  }

  private Identity sign(String commonName, String names, Instant from, Instant to) {
    String stem = name + '-' + ++signed;
    Path key = folder.resolve(stem + ".key");
    Path request = folder.resolve(stem + ".csr");
    Path certificate = folder.resolve(stem + ".pem");
    Path extensions = folder.resolve(stem + ".ext");
    try {
      Files.writeString(extensions, "subjectAltName = " + names + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    openssl(
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=" + commonName,
        "-keyout",
        key.toString(),
        "-out",
        request.toString());
    openssl(
        "ca",
        "-batch",
        "-notext",
        "-config",
        folder.resolve(name + ".cnf").toString(),
        "-cert",
        certificate().toString(),
        "-keyfile",
        folder.resolve(name + ".key").toString(),
        "-startdate",
        TIME.format(from),
        "-enddate",
        TIME.format(to),
        "-extfile",
        extensions.toString(),
        "-in",
        request.toString(),
        "-out",
        certificate.toString());
    return new Identity(certificate, key);
  }

  private void openssl(String... arguments) {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(Arrays.asList(arguments));
    Command.run(command);
  }
}
