package io.github.pidflow.webconfig;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.spec.InvalidKeySpecException;

/**
 * Converts two older private key formats, which {@code openssl} and cert-manager still write, to
 * PKCS #8 (RFC 5208), the only one the JDK reads:
 *
 * <pre>
 * PrivateKeyInfo ::= SEQUENCE { version 0, SEQUENCE { algorithm OID, parameters }, OCTET STRING }
 * </pre>
 *
 * <p>An RSA key (PKCS #1, RFC 8017) is embedded unchanged. An EC key (SEC 1, RFC 5915) names its
 * curve, which PKCS #8 expects as a parameter of the algorithm:
 *
 * <pre>
 * ECPrivateKey ::= SEQUENCE { version 1, OCTET STRING, [0] curve OID OPTIONAL, [1] ... OPTIONAL }
 * </pre>
 */
final class Pkcs8 {
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int CURVE = 0xa0;

  private static final byte[] VERSION_0 = {2, 1, 0};

  /** 1.2.840.113549.1.1.1 and the NULL that are its parameters. */
  private static final byte[] RSA = {
    6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  /** 1.2.840.10045.2.1. */
  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  private Pkcs8() {}

  static byte[] ofPkcs1(byte[] key) {
    return wrapped(RSA, new byte[0], key);
  }

  static byte[] ofSec1(byte[] key) throws InvalidKeySpecException {
    return wrapped(EC, curve(key), key);
  }

  private static byte[] wrapped(byte[] algorithm, byte[] parameters, byte[] key) {
    return element(
        SEQUENCE, VERSION_0, element(SEQUENCE, algorithm, parameters), element(OCTET_STRING, key));
  }

  private static byte[] curve(byte[] sec1) throws InvalidKeySpecException {
    try {
      ByteBuffer der = ByteBuffer.wrap(sec1);
      ByteBuffer fields = der.get() == SEQUENCE ? content(der) : ByteBuffer.allocate(0);
      while (fields.hasRemaining()) {
        int tag = fields.get() & 0xff;
        ByteBuffer field = content(fields);
        if (tag == CURVE) {
          byte[] oid = new byte[field.remaining()];
          field.get(oid);
          return oid;
        }
      }
    } catch (RuntimeException e) {
      throw new InvalidKeySpecException("its EC key is truncated", e);
    }
    throw new InvalidKeySpecException("its EC key does not name its curve");
  }

  /** Reads a length and the content it spans. */
  private static ByteBuffer content(ByteBuffer der) {
    int length = der.get() & 0xff;
    if (length > 0x7f) {
      byte[] digits = new byte[length & 0x7f];
      der.get(digits);
      length = new BigInteger(1, digits).intValueExact();
    }
    ByteBuffer content = der.slice(der.position(), length);
    der.position(der.position() + length);
    return content;
  }

  private static byte[] element(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    int length = content.size();
    ByteArrayOutputStream element = new ByteArrayOutputStream();
    element.write(tag);
    if (length > 0xff) {
      // Two bytes suffice: an RSA key of 16384 bits has 9 KB.
      element.write(0x82);
      element.write(length >> 8);
    } else if (length > 0x7f) {
      element.write(0x81);
    }
    element.write(length);
    element.writeBytes(content.toByteArray());
    return element.toByteArray();
  }
}
