package io.github.pidflow.webconfig;

import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whether a client's certificate is good enough: its chain, if the configuration asks for that, and
 * then its names.
 */
final class ClientTrust extends X509ExtendedTrustManager {
  // RFC 5280, GeneralName.
  private static final int EMAIL = 1;
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int IP = 7;

  private final Optional<X509ExtendedTrustManager> chains;
  private final Set<String> allowedNames;

  /**
   * @param chains empty if any chain will do
   * @param allowedNames subject alternative names, of which one is needed; empty if none is
   */
  ClientTrust(Optional<X509ExtendedTrustManager> chains, List<String> allowedNames) {
    this.chains = chains;
    this.allowedNames = Set.copyOf(allowedNames);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    if (chains.isPresent()) {
      chains.get().checkClientTrusted(chain, authType, engine);
    }
    requireName(chain[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    if (chains.isPresent()) {
      chains.get().checkClientTrusted(chain, authType, socket);
    }
    requireName(chain[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (chains.isPresent()) {
      chains.get().checkClientTrusted(chain, authType);
    }
    requireName(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this is a server and trusts none");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  /** The issuers a client is told of, so that it picks a certificate; none if any will do. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return chains.map(X509ExtendedTrustManager::getAcceptedIssuers).orElse(new X509Certificate[0]);
  }

  private void requireName(X509Certificate certificate) throws CertificateException {
    if (allowedNames.isEmpty()) {
      return;
    }
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names == null || names.stream().noneMatch(this::isAllowed)) {
      throw new CertificateException("none of its names is in client_allowed_sans");
    }
  }

  private boolean isAllowed(List<?> name) {
    int type = (Integer) name.get(0);
    if (type != EMAIL && type != DNS && type != URI && type != IP) {
      return false;
    }
    String text = (String) name.get(1);
    return allowedNames.contains(text)
        || (type == IP && allowedNames.stream().anyMatch(each -> isSameAddress(each, text)));
  }

  /** An IPv6 address can be written in many ways. */
  private static boolean isSameAddress(String allowed, String address) {
    try {
      return allowed.indexOf(':') >= 0
          && InetAddress.getByName(allowed).equals(InetAddress.getByName(address));
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
