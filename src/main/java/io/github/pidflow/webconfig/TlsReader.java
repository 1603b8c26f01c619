package io.github.pidflow.webconfig;

import io.github.pidflow.runtime.Problems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/** Reads {@code tls_server_config}, whose words are those of Go's crypto/tls. */
final class TlsReader {
  /** In rising order. */
  private static final Map<String, String> VERSIONS = new LinkedHashMap<>();

  private static final Map<String, String> CURVES = new LinkedHashMap<>();

  static {
    VERSIONS.put("TLS10", "TLSv1");
    VERSIONS.put("TLS11", "TLSv1.1");
    VERSIONS.put("TLS12", "TLSv1.2");
    VERSIONS.put("TLS13", "TLSv1.3");
    CURVES.put("CurveP256", "secp256r1");
    CURVES.put("CurveP384", "secp384r1");
    CURVES.put("CurveP521", "secp521r1");
    CURVES.put("X25519", "x25519");
  }

  private static final List<String> SWITCHES =
      List.of(
          "cert",
          "cert_file",
          "key",
          "key_file",
          "client_ca",
          "client_ca_file",
          "client_auth_type");

  private final YamlSection section;
  private final Path folder;
  private final Consumer<Path> files;
  private final Problems problems;

  /**
   * @param folder what relative paths are relative to
   * @param files told every file the section names
   */
  TlsReader(YamlSection section, Path folder, Consumer<Path> files, Problems problems) {
    this.section = section;
    this.folder = folder;
    this.files = files;
    this.problems = problems;
  }

  /** Nothing where TLS is off, or where something is wrong. */
  Optional<TlsSettings> read() {
    Optional<PemSource> certificate = source("cert");
    Optional<PemSource> key = source("key");
    Optional<PemSource> clientCa = source("client_ca");
    ClientAuth clientAuth =
        section
            .entry("client_auth_type")
            .filter(entry -> !entry.text().isEmpty())
            .flatMap(entry -> entry.oneOf(ClientAuth.byText()))
            .orElse(ClientAuth.NO_CLIENT_CERT);
    List<String> sans = section.list("client_allowed_sans").stream().map(YamlEntry::text).toList();
    List<String> protocols = protocols();
    List<String> groups = new ArrayList<>();
    section.list("curve_preferences").forEach(e -> e.oneOf(CURVES).ifPresent(groups::add));
    NamedGroups.prefer(groups); // Before the suites are asked for: that wakes JSSE.
    List<String> cipherSuites = cipherSuites();
    boolean serverOrder =
        section.entry("prefer_server_cipher_suites").flatMap(YamlEntry::bool).orElse(true);
    section.refuseOthers();
    if (SWITCHES.stream().noneMatch(section::has)) {
      if (section.line() > 0) {
        problems.remark(section.line(), "tls_server_config: names no certificate, so TLS is off");
      }
      return Optional.empty();
    }
    requirePair(certificate, key);
    checkClientAuth(clientAuth, clientCa, sans);
    if (certificate.isEmpty() || key.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new TlsSettings(
            certificate.get(),
            key.get(),
            clientCa,
            clientAuth,
            sans,
            protocols,
            cipherSuites,
            serverOrder,
            groups));
  }

  private Optional<PemSource> source(String name) {
    Optional<YamlEntry> inline = section.entry(name).filter(entry -> !entry.text().isEmpty());
    Optional<YamlEntry> file =
        section.entry(name + "_file").filter(entry -> !entry.text().isEmpty());
    if (file.isEmpty()) {
      return inline.map(entry -> new PemSource(entry, Optional.empty()));
    }
    inline.ifPresent(entry -> entry.remark("is not used, since there is " + name + "_file"));
    try {
      Path path = folder.resolve(file.get().text());
      files.accept(path);
      return Optional.of(new PemSource(file.get(), Optional.of(path)));
    } catch (InvalidPathException e) {
      return file.get().refuse("must be a path, not " + file.get().text());
    }
  }

  private void requirePair(Optional<PemSource> certificate, Optional<PemSource> key) {
    if (certificate.isEmpty()) {
      problems.add(section.line(), "tls_server_config: needs cert_file or cert");
    }
    if (key.isEmpty()) {
      problems.add(section.line(), "tls_server_config: needs key_file or key");
    }
  }

  private void checkClientAuth(ClientAuth auth, Optional<PemSource> clientCa, List<String> sans) {
    if (auth == ClientAuth.NO_CLIENT_CERT) {
      clientCa.ifPresent(
          ca -> ca.entry().refuse("needs a client_auth_type, or no client is asked for one"));
    }
    if (!sans.isEmpty() && !auth.isRequired()) {
      problems.add(
          section.list("client_allowed_sans").get(0).line(),
          "tls_server_config.client_allowed_sans: needs client_auth_type RequireAnyClientCert or"
              + " RequireAndVerifyClientCert, or a client without a certificate passes");
    }
  }

  private List<String> protocols() {
    List<String> rising = List.copyOf(VERSIONS.values());
    Optional<YamlEntry> min = section.entry("min_version");
    Optional<YamlEntry> max = section.entry("max_version");
    int lowest = rising.indexOf(min.flatMap(e -> e.oneOf(VERSIONS)).orElse("TLSv1.2"));
    int highest = rising.indexOf(max.flatMap(e -> e.oneOf(VERSIONS)).orElse("TLSv1.3"));
    int oldest = rising.indexOf("TLSv1.2");
    if (highest < lowest) {
      max.or(() -> min).ifPresent(entry -> entry.refuse("is below min_version"));
      return List.of();
    }
    if (highest < oldest) {
      max.ifPresent(
          entry -> entry.refuse("is switched off in the JDK, so no client could connect"));
      return List.of();
    }
    if (lowest < oldest) {
      min.ifPresent(entry -> entry.remark("is switched off in the JDK; the least is TLS12"));
    }
    return rising.subList(Math.max(lowest, oldest), highest + 1);
  }

  private List<String> cipherSuites() {
    List<YamlEntry> entries = section.list("cipher_suites");
    List<String> usable = entries.isEmpty() ? List.of() : usableCipherSuites();
    List<String> suites = new ArrayList<>();
    for (YamlEntry entry : entries) {
      if (usable.contains(entry.text())) {
        suites.add(entry.text());
      } else {
        entry.refuse(entry.text() + " is none this JDK offers: " + String.join(", ", usable));
      }
    }
    return suites;
  }

  static List<String> usableCipherSuites() {
    try {
      return Arrays.stream(SSLContext.getDefault().getDefaultSSLParameters().getCipherSuites())
          .filter(suite -> !suite.endsWith("_SCSV"))
          .toList();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }
}
