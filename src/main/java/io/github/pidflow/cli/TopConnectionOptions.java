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

/** The options that connect {@code pidflow top} to a daemon with TLS or passwords. */
final class TopConnectionOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "User in the web configuration of the daemon; requires --password-file.")
  private String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "File that contains only the password of the user.")
  private Path passwordFile;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "Certificates to trust, in PEM; by default those that Java trusts.")
  private Path caFile;

  @Option(
      names = "--cert-file",
      paramLabel = "FILE",
      description = "Client certificate, in PEM, for a daemon that requires one.")
  private Path certFile;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = "Key of the client certificate, in PEM.")
  private Path keyFile;

  /** The Authorization header; empty without a user. */
  Optional<String> authorization() throws IOException {
    if ((user == null) != (passwordFile == null)) {
      throw new ParameterException(
          spec.commandLine(), "--user and --password-file must be given together");
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
      throw new ParameterException(
          spec.commandLine(), "--cert-file and --key-file must be given together");
    }
    return ClientContext.of(
        Optional.ofNullable(caFile),
        Optional.ofNullable(certFile).map(file -> new Identity(file, keyFile)));
  }
}
