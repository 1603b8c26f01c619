package io.github.pidflow.decode;

import io.github.pidflow.flow.Protocol;
import java.nio.ByteBuffer;

/**
 * The common part of IPv6 extension headers (RFC 8200, RFC 6564). IPv4 knows one of them, AH (RFC
 * 4302), whose length is in other units.
 *
 * <pre>
 *    0      1      2                 8
 *   +------+------+-----------------+----
 *   | next | len  |                 | ...
 *   +------+------+-----------------+----
 * </pre>
 */
final class ExtensionHeader {
  static final int NEXT_HEADER_OFFSET = 0;
  static final int LENGTH_OFFSET = 1;
  static final int MIN_LENGTH = 8;

  private ExtensionHeader() {}

  /** Whether a protocol number is that of an IPv6 extension header. */
  static boolean isOf(int protocol) {
    return switch (protocol) {
      case Protocol.IPV6_HOP_BY_HOP,
          Protocol.IPV6_ROUTING,
          Protocol.IPV6_FRAGMENT,
          Protocol.AH,
          Protocol.IPV6_DESTINATION_OPTIONS,
          Protocol.MOBILITY,
          Protocol.HIP,
          Protocol.SHIM6 ->
          true;
      default -> false;
    };
  }

  static int nextHeader(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + NEXT_HEADER_OFFSET);
  }

  /** Length in bytes, from {@link #MIN_LENGTH} to 2048, of a header with this protocol number. */
  static int length(ByteBuffer buffer, int header, int protocol) {
    int length = BigEndian.uint8(buffer, header + LENGTH_OFFSET);
    return switch (protocol) {
      case Protocol.IPV6_FRAGMENT -> FragmentHeader.LENGTH;
      case Protocol.AH -> (length + 2) * 4;
      default -> (length + 1) * 8;
    };
  }
}
