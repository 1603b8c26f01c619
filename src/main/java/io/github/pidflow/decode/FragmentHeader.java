package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * IPv6 fragment header (RFC 8200, section 4.5). The first byte is the same as in every {@link
 * ExtensionHeader}.
 *
 * <pre>
 *    0      1      2             4               8
 *   +------+------+----------+--+---------------+
 *   | next |  0   |  offset  |rM| identification|
 *   +------+------+----------+--+---------------+
 *                   13 bits
 * </pre>
 */
final class FragmentHeader {
  static final int FRAGMENT_OFFSET = 2;
  static final int IDENTIFICATION_OFFSET = 4;
  static final int LENGTH = 8;

  private static final int FRAGMENT_OFFSET_MASK = 0xfff8;
  private static final int MORE_FRAGMENTS = 1;

  private FragmentHeader() {}

  /** Fragment offset and flags, to be passed to the two methods below. */
  static int fragment(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + FRAGMENT_OFFSET);
  }

  static boolean isLaterFragment(int fragment) {
    return (fragment & FRAGMENT_OFFSET_MASK) != 0;
  }

  static boolean hasMoreFragments(int fragment) {
    return (fragment & MORE_FRAGMENTS) != 0;
  }

  static int identification(ByteBuffer buffer, int header) {
    return BigEndian.int32(buffer, header + IDENTIFICATION_OFFSET);
  }
}
