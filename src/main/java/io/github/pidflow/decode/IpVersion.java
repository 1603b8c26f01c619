package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/** The first nibble of a packet, whichever of the two it is (RFC 791, RFC 8200). */
final class IpVersion {
  private IpVersion() {}

  static int of(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header) >>> 4;
  }
}
