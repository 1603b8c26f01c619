package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * IEEE 802.3 header.
 *
 * <pre>
 *    0               6               12      14
 *   +---------------+---------------+-------+
 *   |  destination  |    source     | type  |
 *   +---------------+---------------+-------+
 * </pre>
 *
 * A type below 0x600 is the length of an 802.2 frame, in which pidflow does not look for IP.
 */
final class EthernetHeader {
  static final int TYPE_OFFSET = 12;
  static final int LENGTH = 14;

  private EthernetHeader() {}

  static int type(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + TYPE_OFFSET);
  }
}
