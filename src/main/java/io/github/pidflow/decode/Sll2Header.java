package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2): the one that names the interface.
 *
 * <pre>
 *    0       2       4             8        10    11    12            20
 *   +-------+-------+-------------+--------+-----+-----+-------------+
 *   | proto |   0   |   ifindex   | hatype | pkt | hal |   address   |
 *   +-------+-------+-------------+--------+-----+-----+-------------+
 * </pre>
 */
final class Sll2Header {
  static final int PROTOCOL_OFFSET = 0;
  static final int INTERFACE_INDEX_OFFSET = 4;
  static final int PACKET_TYPE_OFFSET = 10;
  static final int LENGTH = 20;

  private Sll2Header() {}

  static int protocol(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + PROTOCOL_OFFSET);
  }

  static int interfaceIndex(ByteBuffer buffer, int header) {
    return BigEndian.int32(buffer, header + INTERFACE_INDEX_OFFSET);
  }

  static int packetType(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + PACKET_TYPE_OFFSET);
  }
}
