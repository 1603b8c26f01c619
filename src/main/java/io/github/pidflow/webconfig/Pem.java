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
 * Certificates and private keys out of PEM text (RFC 7468). The JDK has no reader of it before 25;
 * the libraries that have one bring Bouncy Castle, 8 MB of it, for what is a page here.
 */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** PKCS #8 does not say in its label which kind of key is inside. */
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
      throw new CertificateException("there is no BEGIN CERTIFICATE in it");
    }
    return certificates;
  }

  /** The first private key; other blocks, as EC PARAMETERS, may stand around it. */
  static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    if (pem.contains("ENCRYPTED")) {
      throw new InvalidKeySpecException("it is encrypted, and there is nobody to ask");
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
        "there is no BEGIN PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY in it");
  }

  private static PrivateKey anyKey(byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return key(algorithm, pkcs8);
      } catch (InvalidKeySpecException e) {
        // Of another kind.
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
      throw new CertificateException("it is cut short or no base64");
    }
  }
}
