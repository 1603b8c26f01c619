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
  static final int SOURCE_OFFSET = 8;
  static final int DESTINATION_OFFSET = 24;
  static final int LENGTH = 40;
  static final int VERSION = 6;

  private Ipv6Header() {}

  /** Bytes 0 to 7, to be passed to the methods below. */
  static long start(ByteBuffer buffer, int header) {
    return BigEndian.int64(buffer, header);
  }

  static int version(long start) {
    return (int) (start >>> 60);
  }

  static int payloadLength(long start) {
    return (int) (start >>> 16) & 0xffff;
  }

  static int nextHeader(long start) {
    return (int) (start >>> 8) & 0xff;
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
