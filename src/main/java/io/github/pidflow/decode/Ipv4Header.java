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
 */
final class Ipv4Header {
  static final int VERSION_AND_IHL_OFFSET = 0;
  static final int TOTAL_LENGTH_OFFSET = 2;
  static final int IDENTIFICATION_OFFSET = 4;
  static final int FRAGMENT_OFFSET = 6;
  static final int PROTOCOL_OFFSET = 9;
  static final int SOURCE_OFFSET = 12;
  static final int DESTINATION_OFFSET = 16;
  static final int MIN_LENGTH = 20;
  static final int VERSION = 4;

  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int FRAGMENT_OFFSET_MASK = 0x1fff;

  private Ipv4Header() {}

  /** The version nibble; an IPv6 header has it in the same place. */
  static int version(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + VERSION_AND_IHL_OFFSET) >>> 4;
  }

  /** Header length in bytes, less than {@link #MIN_LENGTH} if the IHL field lies. */
  static int length(ByteBuffer buffer, int header) {
    return (BigEndian.uint8(buffer, header + VERSION_AND_IHL_OFFSET) & 0xf) * 4;
  }

  static int totalLength(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + TOTAL_LENGTH_OFFSET);
  }

  static int identification(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + IDENTIFICATION_OFFSET);
  }

  /** Flags and offset as they stand, for the two questions below. */
  static int fragment(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + FRAGMENT_OFFSET);
  }

  static boolean isLaterFragment(int fragment) {
    return (fragment & FRAGMENT_OFFSET_MASK) != 0;
  }

  static boolean hasMoreFragments(int fragment) {
    return (fragment & MORE_FRAGMENTS) != 0;
  }

  static int protocol(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + PROTOCOL_OFFSET);
  }

  static int source(ByteBuffer buffer, int header) {
    return BigEndian.int32(buffer, header + SOURCE_OFFSET);
  }

  static int destination(ByteBuffer buffer, int header) {
    return BigEndian.int32(buffer, header + DESTINATION_OFFSET);
  }
}
