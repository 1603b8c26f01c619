package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * An 802.1Q or 802.1ad tag, after the EtherType that announces it.
 *
 * <pre>
 *    0                   2       4
 *   +-----+-+-----------+-------+
 *   | PCP |D|    VID    | type  |
 *   +-----+-+-----------+-------+
 *      3   1  12 bits
 * </pre>
 */
final class VlanTag {
  static final int TCI_OFFSET = 0;
  static final int TYPE_OFFSET = 2;
  static final int LENGTH = 4;

  private static final int VID_MASK = 0x0fff;

  private VlanTag() {}

  static int vlanId(ByteBuffer buffer, int tag) {
    return vlanId(BigEndian.uint16(buffer, tag + TCI_OFFSET));
  }

  static int vlanId(int tci) {
    return tci & VID_MASK;
  }

  static int type(ByteBuffer buffer, int tag) {
    return BigEndian.uint16(buffer, tag + TYPE_OFFSET);
  }
}
