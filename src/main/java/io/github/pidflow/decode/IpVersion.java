package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/** The version: the first nibble of an IPv4 or IPv6 header (RFC 791, RFC 8200). */
final class IpVersion {
  private IpVersion() {}

  static int of(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header) >>> 4;
  }
}
