package io.github.pidflow.decode;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.PacketType;
import java.nio.ByteBuffer;

/**
 * Finds where a frame's network layer starts, and keeps what the link header says on the way. One
 * object serves every frame: it holds several answers, and a record of them would be garbage.
 */
final class LinkLayer {
  private int etherType;
  private int networkOffset;
  private int interfaceIndex;
  private PacketType packetType = PacketType.UNKNOWN;
  private boolean tagged;
  private int vlanId;

  /** Returns false if the frame was cut within its link header; its EtherType is then unknown. */
  boolean read(Frame frame) {
    interfaceIndex = frame.interfaceIndex();
    packetType = frame.packetType();
    tagged = frame.vlanTci() != Frame.NO_VLAN_TAG;
    vlanId = tagged ? VlanTag.vlanId(frame.vlanTci()) : 0;

    ByteBuffer buffer = frame.buffer();
    int start = frame.offset();
    int length = frame.capturedLength();
    boolean whole =
        switch (frame.linkType()) {
          case ETHERNET -> readEthernet(buffer, start, length);
          case RAW_IP -> readRawIp(buffer, start, length);
          case NETWORK -> found(frame.etherType(), start);
          case LINUX_SLL -> readSll(buffer, start, length);
          case LINUX_SLL2 -> readSll2(buffer, start, length);
          case NULL_LOOPBACK -> readNull(buffer, start, length);
          case LOOP -> readLoop(buffer, start, length);
        };
    return whole && skipTags(buffer, start + length);
  }

  private boolean readEthernet(ByteBuffer buffer, int start, int length) {
    return length >= EthernetHeader.LENGTH
        && found(EthernetHeader.type(buffer, start), start + EthernetHeader.LENGTH);
  }

  /** Whatever is not IPv6 is read as IPv4, whose decoder says what is wrong with it. */
  private boolean readRawIp(ByteBuffer buffer, int start, int length) {
    boolean v6 = length > 0 && IpVersion.of(buffer, start) == Ipv6Header.VERSION;
    return found(v6 ? EtherType.IPV6 : EtherType.IPV4, start);
  }

  private boolean readSll(ByteBuffer buffer, int start, int length) {
    if (length < SllHeader.LENGTH) {
      return false;
    }
    packetType = PacketType.of(SllHeader.packetType(buffer, start));
    return found(SllHeader.protocol(buffer, start), start + SllHeader.LENGTH);
  }

  private boolean readSll2(ByteBuffer buffer, int start, int length) {
    if (length < Sll2Header.LENGTH) {
      return false;
    }
    packetType = PacketType.of(Sll2Header.packetType(buffer, start));
    interfaceIndex = Sll2Header.interfaceIndex(buffer, start);
    return found(Sll2Header.protocol(buffer, start), start + Sll2Header.LENGTH);
  }

  private boolean readNull(ByteBuffer buffer, int start, int length) {
    return length >= LoopbackHeader.LENGTH
        && found(
            LoopbackHeader.etherTypeOfEitherOrder(buffer, start), start + LoopbackHeader.LENGTH);
  }

  private boolean readLoop(ByteBuffer buffer, int start, int length) {
    return length >= LoopbackHeader.LENGTH
        && found(LoopbackHeader.etherType(buffer, start), start + LoopbackHeader.LENGTH);
  }

  private boolean found(int etherType, int networkOffset) {
    this.etherType = etherType;
    this.networkOffset = networkOffset;
    return true;
  }

  /** The first tag is the outermost, unless the kernel took that one out of the bytes. */
  private boolean skipTags(ByteBuffer buffer, int end) {
    while (EtherType.isVlan(etherType)) {
      if (end - networkOffset < VlanTag.LENGTH) {
        return false;
      }
      if (!tagged) {
        tagged = true;
        vlanId = VlanTag.vlanId(buffer, networkOffset);
      }
      etherType = VlanTag.type(buffer, networkOffset);
      networkOffset += VlanTag.LENGTH;
    }
    return true;
  }

  int etherType() {
    return etherType;
  }

  /** Where the network layer starts, from the start of the buffer. */
  int networkOffset() {
    return networkOffset;
  }

  int interfaceIndex() {
    return interfaceIndex;
  }

  PacketType packetType() {
    return packetType;
  }

  int vlanId() {
    return vlanId;
  }
}
