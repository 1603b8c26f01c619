package io.github.pidflow.flow;

import java.nio.ByteBuffer;

/**
 * One captured frame, as a window on the capture source's own buffer.
 *
 * <p>A source keeps a single {@code Frame} and moves it from packet to packet, so it and the bytes
 * under it are valid only during the call it is handed to.
 */
public final class Frame {
  /** {@link #vlanTci()} of a frame whose tag, if any, is still in its bytes. */
  public static final int NO_VLAN_TAG = -1;

  private int namespace;
  private ByteBuffer buffer;
  private int offset;
  private int capturedLength;
  private int wireLength;
  private LinkType linkType;
  private int etherType;
  private int interfaceIndex;
  private PacketType packetType;
  private int vlanTci = NO_VLAN_TAG;
  private long timestampNanos;
  private int weight = 1;

  /** Says in which network namespace it is seen; a source says so once. */
  public Frame namespace(int namespace) {
    this.namespace = namespace;
    return this;
  }

  /** Moves the window: {@code capturedLength} bytes at {@code offset}, of {@code wireLength}. */
  public Frame bytes(ByteBuffer buffer, int offset, int capturedLength, int wireLength) {
    this.buffer = buffer;
    this.offset = offset;
    this.capturedLength = capturedLength;
    this.wireLength = wireLength;
    return this;
  }

  /** Says how to read the bytes; {@code etherType} matters for {@link LinkType#NETWORK} only. */
  public Frame link(LinkType linkType, int etherType) {
    this.linkType = linkType;
    this.etherType = etherType;
    return this;
  }

  /** Says where and when it was seen; {@code interfaceIndex} is 0 where the source cannot tell. */
  public Frame seen(int interfaceIndex, PacketType packetType, int vlanTci, long timestampNanos) {
    this.interfaceIndex = interfaceIndex;
    this.packetType = packetType;
    this.vlanTci = vlanTci;
    this.timestampNanos = timestampNanos;
    return this;
  }

  /** Says for how many packets it stands; 1 unless the source samples. */
  public Frame weight(int weight) {
    this.weight = weight;
    return this;
  }

  public Frame packetType(PacketType packetType) {
    this.packetType = packetType;
    return this;
  }

  /** Which network namespace it was seen in, 0 being the daemon's own. */
  public int namespace() {
    return namespace;
  }

  /** The bytes; multi-byte values must be read in big endian whatever its order is set to. */
  public ByteBuffer buffer() {
    return buffer;
  }

  public int offset() {
    return offset;
  }

  public int capturedLength() {
    return capturedLength;
  }

  public int wireLength() {
    return wireLength;
  }

  public LinkType linkType() {
    return linkType;
  }

  public int etherType() {
    return etherType;
  }

  public int interfaceIndex() {
    return interfaceIndex;
  }

  public PacketType packetType() {
    return packetType;
  }

  /** The 802.1Q tag the kernel moved out of the bytes, or {@link #NO_VLAN_TAG}. */
  public int vlanTci() {
    return vlanTci;
  }

  /** How many packets it stands for: N where one in N was let through. */
  public int weight() {
    return weight;
  }

  /** Capture time, nanoseconds since the epoch. */
  public long timestampNanos() {
    return timestampNanos;
  }
}
