package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * IPv4 header (RFC 791).
 *
 * <pre>
 *       0       1       2       3
 *   +---+---+-------+---------------+
 *  0|ver|IHL|  TOS  | total length  |
 *   +---+---+-------+---+-----------+
 *  4|identification |flg|  offset   |
 *   +-------+-------+---+-----------+
 *  8|  TTL  | proto |   checksum    |
 *   +-------+-------+---------------+
 * 12|            source             |
 *   +-------------------------------+
 * 16|          destination          |
 *   +-------------------------------+
 * 20|   options, to IHL * 4 bytes   |
 *   +-------------------------------+
 * </pre>
 *
 * The first 8 bytes and both addresses are each read as one word, because every read is checked
 * against the buffer's bounds.
 */
final class Ipv4Header {
  static final int PROTOCOL_OFFSET = 9;
  static final int ADDRESSES_OFFSET = 12;
  static final int MIN_LENGTH = 20;
  static final int VERSION = 4;

  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int FRAGMENT_OFFSET_MASK = 0x1fff;

  private Ipv4Header() {}

  /** Bytes 0 to 7, to be passed to the methods below. */
  static long start(ByteBuffer buffer, int header) {
    return BigEndian.int64(buffer, header);
  }

  /** The version nibble, which an IPv6 header has in the same place. */
  static int version(long start) {
    return (int) (start >>> 60);
  }

  /** Header length in bytes; less than {@link #MIN_LENGTH} if the IHL field is invalid. */
  static int length(long start) {
    return (int) (start >>> 56 & 0xf) * 4;
  }

  static int totalLength(long start) {
    return (int) (start >>> 32) & 0xffff;
  }

  static int identification(long start) {
    return (int) (start >>> 16) & 0xffff;
  }

  static boolean isLaterFragment(long start) {
    return (start & FRAGMENT_OFFSET_MASK) != 0;
  }

  static boolean hasMoreFragments(long start) {
    return (start & MORE_FRAGMENTS) != 0;
  }

  static int protocol(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + PROTOCOL_OFFSET);
  }

  /** Source and destination, 32 bits each. */
  static long addresses(ByteBuffer buffer, int header) {
    return BigEndian.int64(buffer, header + ADDRESSES_OFFSET);
  }
}
