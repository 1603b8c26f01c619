package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads certificates and private keys from PEM text (RFC 7468). The JDK has no PEM reader before
 * version 25, and libraries with one depend on Bouncy Castle, which has 8 MB.
 */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** The label of a PKCS #8 block does not name the algorithm, so these are tried. */
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private Pem() {}

  static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher block = BLOCK.matcher(pem);
    while (block.find()) {
      if (block.group(1).equals("CERTIFICATE")) {
        byte[] der = decoded(block.group(2));
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
    }
    if (certificates.isEmpty()) {
      throw new CertificateException("it contains no BEGIN CERTIFICATE");
    }
    return certificates;
  }

  /** Reads the first private key. Other blocks, such as EC PARAMETERS, are ignored. */
  static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    if (pem.contains("ENCRYPTED")) {
      throw new InvalidKeySpecException("it is encrypted, which is not supported");
    }
    Matcher block = BLOCK.matcher(pem);
    while (block.find()) {
      byte[] der = decoded(block.group(2));
      switch (block.group(1)) {
        case "PRIVATE KEY" -> {
          return anyKey(der);
        }
        case "RSA PRIVATE KEY" -> {
          return key("RSA", Pkcs8.ofPkcs1(der));
        }
        case "EC PRIVATE KEY" -> {
          return key("EC", Pkcs8.ofSec1(der));
        }
        default -> {
          // Not a key.
        }
      }
    }
    throw new InvalidKeySpecException(
        "it contains no BEGIN PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY");
  }

  private static PrivateKey anyKey(byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return key(algorithm, pkcs8);
      } catch (InvalidKeySpecException e) {
        // Not of this algorithm.
      }
    }
    throw new InvalidKeySpecException("its key is none of " + String.join(", ", KEY_ALGORITHMS));
  }

  private static PrivateKey key(String algorithm, byte[] pkcs8) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  private static byte[] decoded(String base64) throws GeneralSecurityException {
    try {
      return Base64.getMimeDecoder().decode(base64.getBytes(ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new CertificateException("it is truncated or not base64");
    }
  }
}
