package io.github.pidflow.decode;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import java.nio.ByteBuffer;

/**
 * Reads a frame's link header: EtherType, start of the network layer, VLAN id and, in cooked
 * formats, interface and packet type. One object is reused for all frames and holds these results,
 * since returning a record would allocate.
 */
final class LinkLayer {
  private int etherType;
  private int networkOffset;
  private int interfaceIndex;
  private PacketType packetType = PacketType.UNKNOWN;
  private boolean tagged;
  private int vlanId;
  private boolean cooked;

  /** Returns false if the frame ends within its link header; the EtherType is then unknown. */
  boolean read(Frame frame) {
    interfaceIndex = frame.interfaceIndex();
    packetType = frame.packetType();
    tagged = frame.vlanTci() != Frame.NO_VLAN_TAG;
    vlanId = tagged ? VlanTag.vlanId(frame.vlanTci()) : 0;

    cooked = frame.linkType() == LinkType.LINUX_SLL || frame.linkType() == LinkType.LINUX_SLL2;
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

  /** Anything but IPv6 is passed on as IPv4, whose decoder counts what is wrong with it. */
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

  /** The first tag is the outermost one, unless the kernel has stripped that from the bytes. */
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

  /** Offset of the network layer in the buffer. */
  int networkOffset() {
    return networkOffset;
  }

  int interfaceIndex() {
    return interfaceIndex;
  }

  PacketType packetType() {
    return packetType;
  }

  /** Whether the frame is of a cooked capture, which may be one on all interfaces. */
  boolean isCooked() {
    return cooked;
  }

  int vlanId() {
    return vlanId;
  }
}
