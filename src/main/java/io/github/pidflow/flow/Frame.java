package io.github.pidflow.flow;

import java.nio.ByteBuffer;

/**
 * One captured frame: a window onto the capture source's buffer.
 *
 * <p>A source reuses a single {@code Frame} for all packets, so the frame and the bytes it shows
 * are valid only during the {@code FrameHandler} call it is passed to.
 */
public final class Frame {
  /** {@link #vlanTci()} of a frame that has no VLAN tag, or has it in its bytes. */
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

  /** Sets the network namespace of capture. A source sets it once. */
  public Frame namespace(int namespace) {
    this.namespace = namespace;
    return this;
  }

  /** Moves the window to the {@code capturedLength} bytes at {@code offset}. */
  public Frame bytes(ByteBuffer buffer, int offset, int capturedLength, int wireLength) {
    this.buffer = buffer;
    this.offset = offset;
    this.capturedLength = capturedLength;
    this.wireLength = wireLength;
    return this;
  }

  /** Sets the format of the bytes; {@code etherType} matters for {@link LinkType#NETWORK} only. */
  public Frame link(LinkType linkType, int etherType) {
    this.linkType = linkType;
    this.etherType = etherType;
    return this;
  }

  /** Sets where and when it was captured; {@code interfaceIndex} is 0 if the source cannot tell. */
  public Frame seen(int interfaceIndex, PacketType packetType, int vlanTci, long timestampNanos) {
    this.interfaceIndex = interfaceIndex;
    this.packetType = packetType;
    this.vlanTci = vlanTci;
    this.timestampNanos = timestampNanos;
    return this;
  }

  /** Sets how many packets the frame stands for: N if the source passes one packet in N. */
  public Frame weight(int weight) {
    this.weight = weight;
    return this;
  }

  public Frame packetType(PacketType packetType) {
    this.packetType = packetType;
    return this;
  }

  /** The network namespace of capture, 0 for the daemon's own. */
  public int namespace() {
    return namespace;
  }

  /** The buffer, of any byte order: values in packets must be read as big endian explicitly. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Where the frame starts in the buffer. */
  public int offset() {
    return offset;
  }

  /** Bytes of the frame in the buffer; fewer than on the wire if the snap length cut it. */
  public int capturedLength() {
    return capturedLength;
  }

  /** Bytes of the frame on the wire. */
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

  /** The 802.1Q tag control information that the kernel stripped, or {@link #NO_VLAN_TAG}. */
  public int vlanTci() {
    return vlanTci;
  }

  /** How many packets the frame stands for: N if the source passes one packet in N. */
  public int weight() {
    return weight;
  }

  /** Capture time in nanoseconds since the epoch. */
  public long timestampNanos() {
    return timestampNanos;
  }
}
