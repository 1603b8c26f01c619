package io.github.pidflow.webconfig;

import io.github.pidflow.runtime.Problems;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The context and parameters of TLS connections. They are replaced when a file changes. This also
 * drops the sessions, so that a client whose certificate is no longer accepted cannot resume one.
 */
record TlsMaterial(SSLContext context, SSLParameters parameters) {
  private static final char[] NO_PASSWORD = {};
  private static final String TLS_1_3 = "TLSv1.3";
  private static final byte[] PROBE = {'p', 'r', 'o', 'b', 'e'};

  /** Loads keys and certificates. Returns nothing if one is invalid, and reports the problem. */
  static Optional<TlsMaterial> load(TlsSettings settings, Problems problems) {
    Optional<List<X509Certificate>> chain = certificates(settings.certificate());
    Optional<PrivateKey> key = privateKey(settings.key());
    Optional<TrustManager> trust = trust(settings);
    if (chain.isEmpty() || key.isEmpty() || trust.isEmpty()) {
      return Optional.empty();
    }
    X509Certificate leaf = chain.get().get(0);
    if (!isPair(key.get(), leaf.getPublicKey())) {
      return settings.key().refuse("is not the key of the certificate");
    }
    if (leaf.getNotAfter().toInstant().isBefore(Instant.now())) {
      settings.certificate().entry().remark("expired on " + leaf.getNotAfter().toInstant());
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          keyManagers(chain.get(), key.get()).getKeyManagers(),
          new TrustManager[] {trust.get()},
          null);
      return Optional.of(new TlsMaterial(context, parameters(settings, context)));
    } catch (GeneralSecurityException | IOException e) {
      problems.add(0, "TLS cannot be set up: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<List<X509Certificate>> certificates(PemSource source) {
    return source
        .read()
        .flatMap(
            pem -> {
              try {
                return Optional.of(Pem.certificates(pem));
              } catch (GeneralSecurityException e) {
                return source.refuse("is not a certificate: " + e.getMessage());
              }
            });
  }

  private static Optional<PrivateKey> privateKey(PemSource source) {
    return source
        .read()
        .flatMap(
            pem -> {
              try {
                return Optional.of(Pem.privateKey(pem));
              } catch (GeneralSecurityException e) {
                return source.refuse("is not a private key: " + e.getMessage());
              }
            });
  }

  private static Optional<TrustManager> trust(TlsSettings settings) {
    Optional<List<X509Certificate>> authorities =
        settings.clientCa().flatMap(TlsMaterial::certificates);
    if (settings.clientCa().isPresent() && authorities.isEmpty()) {
      return Optional.empty();
    }
    if (!settings.clientAuth().isVerified()) {
      return Optional.of(new ClientTrust(Optional.empty(), settings.allowedSans()));
    }
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      // Without client_ca_file the authorities of the JDK are used, where Go uses the system's.
      factory.init(authorities.isPresent() ? keyStore(authorities.get()) : null);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .<TrustManager>map(chains -> new ClientTrust(Optional.of(chains), settings.allowedSans()))
          .findFirst();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every JDK can verify certificates", e);
    }
  }

  static KeyStore keyStore(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (X509Certificate authority : authorities) {
      store.setCertificateEntry(Integer.toString(store.size()), authority);
    }
    return store;
  }

  static KeyManagerFactory keyManagers(List<X509Certificate> chain, PrivateKey key)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory;
  }

  private static boolean isPair(PrivateKey privateKey, PublicKey publicKey) {
    try {
      Signature signature = Signature.getInstance(signatureAlgorithm(publicKey));
      signature.initSign(privateKey, new SecureRandom());
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static String signatureAlgorithm(PublicKey key) {
    return key.getAlgorithm().equals("EdDSA") ? "EdDSA" : hashed(key.getAlgorithm());
  }

  private static String hashed(String keyAlgorithm) {
    return "SHA256with" + (keyAlgorithm.equals("EC") ? "ECDSA" : keyAlgorithm);
  }

  private static SSLParameters parameters(TlsSettings settings, SSLContext context) {
    SSLParameters parameters = context.getDefaultSSLParameters();
    parameters.setProtocols(settings.protocols().toArray(String[]::new));
    parameters.setUseCipherSuitesOrder(settings.serverOrder());
    if (!settings.cipherSuites().isEmpty()) {
      List<String> suites = new ArrayList<>();
      if (settings.protocols().contains(TLS_1_3)) {
        // As in Go, the suites of TLS 1.3 are not configurable.
        Arrays.stream(parameters.getCipherSuites())
            .filter(suite -> !suite.contains("_WITH_") && !suite.endsWith("_SCSV"))
            .forEach(suites::add);
      }
      settings.cipherSuites().stream().filter(s -> !suites.contains(s)).forEach(suites::add);
      parameters.setCipherSuites(suites.toArray(String[]::new));
    }
    // Each setter of the two clears the other.
    if (settings.clientAuth().isRequired()) {
      parameters.setNeedClientAuth(true);
    } else {
      parameters.setWantClientAuth(settings.clientAuth().isRequested());
    }
    return parameters;
  }
}
