package io.github.pidflow.decode;

import io.github.pidflow.flow.Sll2Layout;
import java.nio.ByteBuffer;

/** Reads the Linux cooked capture v2 header, which names the interface. */
final class Sll2Header {
  static final int LENGTH = Sll2Layout.BYTES;

  private Sll2Header() {}

  static int protocol(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + Sll2Layout.PROTOCOL);
  }

  static int interfaceIndex(ByteBuffer buffer, int header) {
    return BigEndian.int32(buffer, header + Sll2Layout.INTERFACE_INDEX);
  }

  static int packetType(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + Sll2Layout.PACKET_TYPE);
  }
}
