package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.pidflow.runtime.RegularFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Creates the TLS context of a client from PEM files. */
public final class ClientContext {
  /** A certificate chain and its private key. */
  public record Identity(Path certificate, Path key) {}

  private ClientContext() {}

  /**
   * Creates a context.
   *
   * @param authorities the trusted certificates; empty for the defaults of Java
   * @param identity the client certificate, if any
   * @throws GeneralSecurityException if a file is invalid; the message names it
   */
  public static SSLContext of(Optional<Path> authorities, Optional<Identity> identity)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        identity.isPresent() ? keyManagers(identity.get()) : null,
        authorities.isPresent() ? trustManagers(authorities.get()) : null,
        null);
    return context;
  }

  private static KeyManager[] keyManagers(Identity identity)
      throws IOException, GeneralSecurityException {
    return TlsMaterial.keyManagers(
            read(identity.certificate, Pem::certificates), read(identity.key, Pem::privateKey))
        .getKeyManagers();
  }

  private static TrustManager[] trustManagers(Path authorities)
      throws IOException, GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(TlsMaterial.keyStore(read(authorities, Pem::certificates)));
    return factory.getTrustManagers();
  }

  private interface Reading<T> {
    T of(String pem) throws GeneralSecurityException;
  }

  private static <T> T read(Path file, Reading<T> reading)
      throws IOException, GeneralSecurityException {
    try {
      return reading.of(RegularFile.read(file, ISO_8859_1));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(file + ": " + e.getMessage(), e);
    }
  }
}
