package io.github.pidflow.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code pidflow top} shows and asks to see where the daemon has a web configuration. */
final class TopAccess {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "A user of the daemon's web configuration; with --password-file.")
  private String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "The user's password, the only line of it.")
  private Path passwordFile;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "Whose certificates to believe, in PEM; by default those Java believes.")
  private Path caFile;

  /** The Authorization header, if there is to be one. */
  Optional<String> authorization() throws IOException {
    if ((user == null) != (passwordFile == null)) {
      throw new ParameterException(
          spec.commandLine(), "--user and --password-file go with each other");
    }
    if (user == null) {
      return Optional.empty();
    }
    String password = Files.readString(passwordFile).stripTrailing();
    return Optional.of(
        "Basic " + Base64.getEncoder().encodeToString((user + ':' + password).getBytes(UTF_8)));
  }

  SSLContext trusted() throws IOException, GeneralSecurityException {
    if (caFile == null) {
      return SSLContext.getDefault();
    }
    KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
    authorities.load(null, null);
    try (InputStream pem = Files.newInputStream(caFile)) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        authorities.setCertificateEntry("ca" + authorities.size(), each);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authorities);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
