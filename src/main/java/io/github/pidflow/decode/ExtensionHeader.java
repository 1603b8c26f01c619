package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * What the headers between IPv6 and the transport have in common (RFC 8200, RFC 6564). IPv4 knows
 * one of them, AH (RFC 4302), which counts its length in other units.
 *
 * <pre>
 *    0      1      2                 8
 *   +------+------+-----------------+----
 *   | next | len  |                 | ...
 *   +------+------+-----------------+----
 * </pre>
 */
final class ExtensionHeader {
  static final int HOP_BY_HOP = 0;
  static final int ROUTING = 43;
  static final int FRAGMENT = 44;
  static final int AUTHENTICATION = 51;
  static final int DESTINATION_OPTIONS = 60;
  static final int MOBILITY = 135;
  static final int HIP = 139;
  static final int SHIM6 = 140;

  static final int NEXT_HEADER_OFFSET = 0;
  static final int LENGTH_OFFSET = 1;

  /** The length of the shortest. */
  static final int MIN_LENGTH = 8;

  private ExtensionHeader() {}

  /** Whether a header of this number is followed by another in an IPv6 packet. */
  static boolean isOf(int number) {
    return switch (number) {
      case HOP_BY_HOP,
          ROUTING,
          FRAGMENT,
          AUTHENTICATION,
          DESTINATION_OPTIONS,
          MOBILITY,
          HIP,
          SHIM6 ->
          true;
      default -> false;
    };
  }

  static int nextHeader(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + NEXT_HEADER_OFFSET);
  }

  /** Length in bytes of a header of this number, from {@link #MIN_LENGTH} to 2048. */
  static int length(ByteBuffer buffer, int header, int number) {
    int length = BigEndian.uint8(buffer, header + LENGTH_OFFSET);
    return switch (number) {
      case FRAGMENT -> FragmentHeader.LENGTH;
      case AUTHENTICATION -> (length + 2) * 4;
      default -> (length + 1) * 8;
    };
  }
}
