package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * IPv6 header (RFC 8200).
 *
 * <pre>
 *       0       1       2       3
 *   +---+-------+-------------------+
 *  0|ver| class |    flow label     |
 *   +---+-------+---+-------+-------+
 *  4|payload length | next  | hops  |
 *   +---------------+-------+-------+
 *  8|                               |
 *   .      source, 16 bytes         .
 * 24|                               |
 *   .    destination, 16 bytes      .
 *   +-------------------------------+
 * </pre>
 */
final class Ipv6Header {
  static final int VERSION_OFFSET = 0;
  static final int PAYLOAD_LENGTH_OFFSET = 4;
  static final int NEXT_HEADER_OFFSET = 6;
  static final int SOURCE_OFFSET = 8;
  static final int DESTINATION_OFFSET = 24;
  static final int LENGTH = 40;
  static final int VERSION = 6;

  private Ipv6Header() {}

  static int version(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + VERSION_OFFSET) >>> 4;
  }

  static int payloadLength(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + PAYLOAD_LENGTH_OFFSET);
  }

  static int nextHeader(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + NEXT_HEADER_OFFSET);
  }

  static long sourceHigh(ByteBuffer buffer, int header) {
    return BigEndian.int64(buffer, header + SOURCE_OFFSET);
  }

  static long sourceLow(ByteBuffer buffer, int header) {
    return BigEndian.int64(buffer, header + SOURCE_OFFSET + Long.BYTES);
  }

  static long destinationHigh(ByteBuffer buffer, int header) {
    return BigEndian.int64(buffer, header + DESTINATION_OFFSET);
  }

  static long destinationLow(ByteBuffer buffer, int header) {
    return BigEndian.int64(buffer, header + DESTINATION_OFFSET + Long.BYTES);
  }
}
