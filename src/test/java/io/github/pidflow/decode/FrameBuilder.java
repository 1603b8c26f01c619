package io.github.pidflow.decode;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Protocol;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes frames for tests, header after header from the outside in. Each header fills in the type
 * field of the one before it; lengths are right unless a test sets them wrong.
 */
public final class FrameBuilder {
  public static final int INTERFACE_INDEX = 7;
  public static final int SYN = 0x02;
  public static final int ACK = 0x10;

  private static final int NONE = -1;
  private static final int MAX_LENGTH = 4096;

  private final ByteBuffer out = ByteBuffer.allocate(MAX_LENGTH);
  private final LinkType linkType;

  /** Of a frame with no link header; other frames have theirs in the bytes. */
  private int etherType;

  private int etherTypeAt = NONE;
  private ByteOrder familyOrder = ByteOrder.BIG_ENDIAN;
  private int ipAt = NONE;
  private int protocolAt = NONE;
  private boolean lengthDone;
  private int vlanTci = Frame.NO_VLAN_TAG;
  private long timestampNanos;

  private FrameBuilder(LinkType linkType) {
    this.linkType = linkType;
  }

  public static FrameBuilder ethernet() {
    FrameBuilder builder = new FrameBuilder(LinkType.ETHERNET);
    builder.out.put(new byte[] {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2});
    return builder.etherTypeHere();
  }

  public static FrameBuilder sll(int packetType) {
    FrameBuilder builder = new FrameBuilder(LinkType.LINUX_SLL);
    builder.out.putShort((short) packetType).putShort((short) 1).putShort((short) 6).putLong(0);
    return builder.etherTypeHere();
  }

  public static FrameBuilder sll2(int interfaceIndex, int packetType) {
    FrameBuilder builder = new FrameBuilder(LinkType.LINUX_SLL2).etherTypeHere();
    builder.out.putShort((short) 0).putInt(interfaceIndex).putShort((short) 1);
    builder.out.put((byte) packetType).put((byte) 6).putLong(0);
    return builder;
  }

  public static FrameBuilder rawIp() {
    return new FrameBuilder(LinkType.RAW_IP);
  }

  public static FrameBuilder network() {
    return new FrameBuilder(LinkType.NETWORK);
  }

  public static FrameBuilder nullLoopback(ByteOrder order, int family) {
    FrameBuilder builder = new FrameBuilder(LinkType.NULL_LOOPBACK);
    builder.familyOrder = order;
    return builder.familyHere(family);
  }

  public static FrameBuilder loop(int family) {
    return new FrameBuilder(LinkType.LOOP).familyHere(family);
  }

  public FrameBuilder vlan(int tagType, int tci) {
    etherType(tagType);
    out.putShort((short) tci);
    return etherTypeHere();
  }

  /** The tag as the kernel hands it out, beside the bytes. */
  public FrameBuilder movedVlan(int tci) {
    vlanTci = tci;
    return this;
  }

  public FrameBuilder at(long timestampNanos) {
    this.timestampNanos = timestampNanos;
    return this;
  }

  public FrameBuilder etherType(int type) {
    if (etherTypeAt != NONE) {
      out.putShort(etherTypeAt, (short) type);
    } else {
      etherType = type;
    }
    return this;
  }

  public FrameBuilder ipv4(String source, String destination) {
    etherType(0x0800);
    ipAt = out.position();
    protocolAt = ipAt + 9;
    out.putInt(0x4500_0000).putInt(0).put((byte) 64).put((byte) 0).putShort((short) 0);
    out.put(address(source, 4)).put(address(destination, 4));
    return this;
  }

  /** No-operation options; must follow {@link #ipv4} at once. */
  public FrameBuilder options(int length) {
    fill(length, 1);
    out.put(ipAt, (byte) (0x40 | (out.position() - ipAt) / 4));
    return this;
  }

  public FrameBuilder fragment(int id, int offsetBytes, boolean more) {
    ipShort(4, id);
    return ipShort(6, offsetBytes / 8 | (more ? 0x2000 : 0));
  }

  public FrameBuilder ipv6(String source, String destination) {
    etherType(0x86dd);
    ipAt = out.position();
    protocolAt = ipAt + 6;
    out.putInt(0x6000_0000).putShort((short) 0).put((byte) 59).put((byte) 64);
    out.put(address(source, 16)).put(address(destination, 16));
    return this;
  }

  /** An extension header that counts its length in eights. */
  public FrameBuilder extension(int number, int length) {
    return header(number, length / 8 - 1, length);
  }

  public FrameBuilder authentication(int length) {
    return header(51, length / 4 - 2, length);
  }

  public FrameBuilder fragmentHeader(int id, int offsetBytes, boolean more) {
    int at = out.position();
    header(44, 0, 8);
    out.putShort(at + 2, (short) (offsetBytes | (more ? 1 : 0))).putInt(at + 4, id);
    return this;
  }

  public FrameBuilder udp(int source, int destination) {
    ports(Protocol.UDP, source, destination);
    out.putInt(0x0008_0000);
    return this;
  }

  public FrameBuilder tcp(int source, int destination, int flags) {
    ports(Protocol.TCP, source, destination);
    out.putLong(0).put((byte) 0x50).put((byte) flags).putShort((short) 512).putInt(0);
    return this;
  }

  public FrameBuilder ports(int protocol, int source, int destination) {
    protocol(protocol);
    out.putShort((short) source).putShort((short) destination);
    return this;
  }

  public FrameBuilder icmp(int type, int id) {
    return echo(Protocol.ICMP, type, id);
  }

  public FrameBuilder icmpv6(int type, int id) {
    return echo(Protocol.ICMPV6, type, id);
  }

  /** Sets the protocol and adds no header for it. */
  public FrameBuilder protocol(int protocol) {
    if (protocolAt != NONE) {
      out.put(protocolAt, (byte) protocol);
      protocolAt = NONE;
    }
    return this;
  }

  public FrameBuilder payload(int length) {
    return fill(length, 0xa5);
  }

  /** Bytes after the packet, as Ethernet adds up to its least length. */
  public FrameBuilder padding(int length) {
    setLength();
    return fill(length, 0xee);
  }

  /** Sets IPv4's total length or IPv6's payload length, right or wrong. */
  public FrameBuilder length(int length) {
    lengthDone = true;
    return ipShort(out.get(ipAt) >> 4 == 4 ? 2 : 4, length);
  }

  /** Overwrites a byte of the IP header. */
  public FrameBuilder ipByte(int offset, int value) {
    out.put(ipAt + offset, (byte) value);
    return this;
  }

  public FrameBuilder ipShort(int offset, int value) {
    out.putShort(ipAt + offset, (short) value);
    return this;
  }

  public byte[] bytes() {
    setLength();
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The whole frame in a buffer of its own. */
  public Frame frame() {
    byte[] bytes = bytes();
    return describe(new Frame()).bytes(ByteBuffer.wrap(bytes), 0, bytes.length, bytes.length);
  }

  /** Sets all of a frame but its bytes. */
  public Frame describe(Frame frame) {
    return frame
        .link(linkType, etherType)
        .seen(INTERFACE_INDEX, PacketType.HOST, vlanTci, timestampNanos);
  }

  private FrameBuilder etherTypeHere() {
    etherTypeAt = out.position();
    out.putShort((short) 0);
    return this;
  }

  private FrameBuilder familyHere(int family) {
    out.order(familyOrder).putInt(family).order(ByteOrder.BIG_ENDIAN);
    return this;
  }

  private FrameBuilder header(int number, int lengthField, int length) {
    protocol(number);
    protocolAt = out.position();
    out.put((byte) 59).put((byte) lengthField);
    return fill(length - 2, 0);
  }

  private FrameBuilder echo(int protocol, int type, int id) {
    protocol(protocol);
    out.put((byte) type).put((byte) 0).putShort((short) 0).putShort((short) id).putShort((short) 1);
    return this;
  }

  private FrameBuilder fill(int length, int value) {
    for (int i = 0; i < length; i++) {
      out.put((byte) value);
    }
    return this;
  }

  private void setLength() {
    if (ipAt != NONE && !lengthDone) {
      boolean v6 = out.get(ipAt) >> 4 == 6;
      length(out.position() - ipAt - (v6 ? 40 : 0));
    }
  }

  private static byte[] address(String literal, int length) {
    try {
      byte[] bytes = InetAddress.getByName(literal).getAddress();
      if (bytes.length != length) {
        throw new IllegalArgumentException(literal);
      }
      return bytes;
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }
}
