package io.github.pidflow.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.pidflow.webconfig.ClientContext;
import io.github.pidflow.webconfig.ClientContext.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
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

  @Option(
      names = "--cert-file",
      paramLabel = "FILE",
      description = "The certificate to show to a daemon that asks for one, in PEM.")
  private Path certFile;

  @Option(names = "--key-file", paramLabel = "FILE", description = "The certificate's key, in PEM.")
  private Path keyFile;

  /** The Authorization header, if there is to be one. */
  Optional<String> authorization() throws IOException {
    if ((user == null) != (passwordFile == null)) {
      throw new ParameterException(spec.commandLine(), "--user and --password-file go together");
    }
    if (user == null) {
      return Optional.empty();
    }
    String password = Files.readString(passwordFile).stripTrailing();
    return Optional.of(
        "Basic " + Base64.getEncoder().encodeToString((user + ':' + password).getBytes(UTF_8)));
  }

  SSLContext context() throws IOException, GeneralSecurityException {
    if ((certFile == null) != (keyFile == null)) {
      throw new ParameterException(spec.commandLine(), "--cert-file and --key-file go together");
    }
    return ClientContext.of(
        Optional.ofNullable(caFile),
        Optional.ofNullable(certFile).map(file -> new Identity(file, keyFile)));
  }
}
