package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * Linux cooked capture v1 (LINKTYPE_LINUX_SLL): the header that libpcap puts before packets
 * captured on the {@code any} device.
 *
 * <pre>
 *    0         2         4         6                 14        16
 *   +---------+---------+---------+-----------------+---------+
 *   | pkttype | hatype  |  halen  |     address     |  proto  |
 *   +---------+---------+---------+-----------------+---------+
 * </pre>
 */
final class SllHeader {
  static final int PACKET_TYPE_OFFSET = 0;
  static final int PROTOCOL_OFFSET = 14;
  static final int LENGTH = 16;

  private SllHeader() {}

  static int packetType(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + PACKET_TYPE_OFFSET);
  }

  static int protocol(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + PROTOCOL_OFFSET);
  }
}
