package io.github.pidflow.metering;

import io.github.pidflow.capture.Arphrd;
import io.github.pidflow.capture.MemoryRing;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.InterfaceAddress;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.sockettable.SocketTable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The made-up packets of {@link WarmUp} and their owners. Every kind that is common on a network is
 * here: the compiler leaves out a branch it has never seen taken, and the first packet that takes
 * it makes the JVM discard the compiled code.
 */
final class WarmUpTraffic {
  private static final int NAMESPACES = 2;
  private static final int FLOWS = 32;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int BLOCKS = 2;

  private static final int INTERFACE = 1;
  private static final int LOOPBACK = 2;
  private static final int TUNNEL = 3;

  private static final int ETHERNET_BYTES = 14;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int TCP_BYTES = 20;
  private static final int IPV4_TOTAL_LENGTH = ETHERNET_BYTES + 2;
  private static final int IPV4_FRAGMENT = ETHERNET_BYTES + 6;
  private static final int TCP_FLAGS = 13;
  private static final int SYN = 0x02;
  private static final int SYN_ACK = 0x12;
  private static final int ACK = 0x10;

  // Addresses for documentation, RFC 5737 and RFC 3849.
  private static final End HERE_V4 = End.v4(0xc000_0201);
  private static final End THERE_V4 = End.v4(0xc633_6401);
  private static final End ELSEWHERE_V4 = End.v4(0xcb00_7101);
  private static final End BROADCAST = End.v4(0xffff_ffff);
  private static final End HERE_V6 = new End(0x2001_0db8_0000_0000L, 1);
  private static final End THERE_V6 = new End(0x2001_0db8_0000_0001L, 1);
  private static final End ALL_NODES = new End(0xff02_0000_0000_0000L, 1);
  private static final int ADDRESSES = 16;

  // ICMP type and code, at the place of a datagram's source port.
  private static final int ECHO_REQUEST = 8 << 8;
  private static final int ECHO_REPLY = 0;
  private static final int UNREACHABLE = 3 << 8;
  private static final int ECHO_REQUEST_V6 = 128 << 8;
  private static final int ECHO_REPLY_V6 = 129 << 8;
  private static final int NEIGHBOR_SOLICITATION = 135 << 8;

  private static final int ROUTER_ALERT = 0x0502;
  private static final int DNS_PORT = 53;
  private static final int SERVER_PORT = 443;
  private static final int FIRST_CLIENT_PORT = 40_000;

  private final List<MemoryRing> rings = new ArrayList<>();

  /** By the layer of the table: found by a scan, learnt since, learnt just now. */
  private final List<Map<SocketKey, ProcessInfo>> owners =
      List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());

  private final List<SocketTable> tables;

  WarmUpTraffic() {
    for (int namespace = 0; namespace < NAMESPACES; namespace++) {
      MemoryRing ring = new MemoryRing(namespace, BLOCK_BYTES, BLOCKS);
      for (int flow = 0; flow < FLOWS; flow++) {
        addFlow(ring, namespace, flow);
      }
      addServer(ring, namespace);
      addUnowned(ring);
      addKernelProtocols(ring);
      addIrregular(ring);
      rings.add(ring);
    }
    Map<SocketKey, ProcessInfo> all = new HashMap<>();
    owners.forEach(all::putAll);
    tables =
        List.of(SocketTable.of(owners.get(0), owners.get(1), owners.get(2)), SocketTable.of(all));
  }

  /** The packets of each namespace, from 0 on. */
  List<MemoryRing> rings() {
    return rings;
  }

  /** Tables of the same owners, in three layers and in one. */
  List<SocketTable> tables() {
    return tables;
  }

  /** The network of every namespace. */
  HostNetwork network() {
    List<InterfaceAddress> addresses = new ArrayList<>();
    // Several, so that probing for one passes others.
    for (int i = 0; i < ADDRESSES; i++) {
      for (End end : List.of(HERE_V4.plus(i), HERE_V6.plus(i))) {
        addresses.add(new InterfaceAddress(INTERFACE, end.high, end.low));
      }
    }
    return new HostNetwork(
        List.of(
            new NetworkInterface(INTERFACE, "eth0", "", false, 0, 0, 0),
            new NetworkInterface(LOOPBACK, "lo", "", true, 0, 0, 0),
            new NetworkInterface(TUNNEL, "tun0", "", false, 0, 0, 0)),
        addresses,
        List.of());
  }

  /** Packets in both directions of a connection, or between two datagram sockets. */
  private void addFlow(MemoryRing ring, int namespace, int flow) {
    boolean v6 = flow % 4 == 3;
    int protocol = flow % 2 == 0 ? Protocol.TCP : Protocol.UDP;
    int port = FIRST_CLIENT_PORT + flow;
    End here = v6 ? HERE_V6 : HERE_V4;
    End there = v6 ? THERE_V6 : THERE_V4;
    owners
        .get(flow % owners.size())
        .put(
            new SocketKey(protocol, here.high, here.low, SERVER_PORT, there.high, there.low, port)
                .in(namespace),
            ProcessInfo.named(1 + flow % 4, "warm-up-" + flow % 4));
    byte[] in = frame(protocol, there, port, here, SERVER_PORT);
    byte[] out = frame(protocol, here, SERVER_PORT, there, port);
    if (protocol == Protocol.TCP) {
      add(ring, flow, flagged(in, v6, SYN), flagged(out, v6, SYN_ACK));
    }
    add(ring, flow, in, out);
    add(ring, flow, in, out);
  }

  private static void add(MemoryRing ring, int flow, byte[] in, byte[] out) {
    switch (flow % 8) {
      case 0 -> {
        ring.add(in, Arphrd.LOOPBACK, LOOPBACK, PacketType.HOST);
        ring.add(out, Arphrd.LOOPBACK, LOOPBACK, PacketType.OUTGOING);
      }
      case 1 -> {
        ring.add(in, Arphrd.NONE, TUNNEL, PacketType.HOST);
        ring.add(out, Arphrd.NONE, TUNNEL, PacketType.OUTGOING);
      }
      case 2 -> {
        add(ring, tagged(in), PacketType.HOST);
        add(ring, tagged(out), PacketType.OUTGOING);
      }
      default -> {
        add(ring, in, PacketType.HOST);
        add(ring, out, PacketType.OUTGOING);
      }
    }
  }

  private static void add(MemoryRing ring, byte[] frame, PacketType packetType) {
    ring.add(frame, Arphrd.ETHER, INTERFACE, packetType);
  }

  /** One packet in each direction of an unconnected socket. */
  private void addServer(MemoryRing ring, int namespace) {
    SocketKey key = SocketKey.bound(namespace, Protocol.UDP, 0, IpAddress.mapped(0), DNS_PORT);
    owners.get(0).put(key, ProcessInfo.named(1, "warm-up-0"));
    add(ring, frame(Protocol.UDP, THERE_V4, FIRST_CLIENT_PORT, HERE_V4, DNS_PORT), PacketType.HOST);
    add(
        ring,
        frame(Protocol.UDP, HERE_V4, DNS_PORT, THERE_V4, FIRST_CLIENT_PORT),
        PacketType.OUTGOING);
  }

  /** Packets without a known owner, and packets of others that pass through. */
  private static void addUnowned(MemoryRing ring) {
    add(ring, frame(Protocol.UDP, THERE_V4, 1, BROADCAST, 2), PacketType.BROADCAST);
    add(ring, frame(Protocol.UDP, THERE_V4, 1, HERE_V4, 2), PacketType.HOST);
    byte[] in = frame(Protocol.TCP, THERE_V6, 1, HERE_V6, 2);
    add(ring, flagged(in, true, SYN), PacketType.HOST);
    add(ring, in, PacketType.HOST);
    add(ring, frame(Protocol.UDP, THERE_V4, 1, ELSEWHERE_V4, 2), PacketType.OTHERHOST);
  }

  /** Packets of the kernel's own protocols, and frames that are not IP. */
  private static void addKernelProtocols(MemoryRing ring) {
    for (int type : new int[] {ECHO_REQUEST, ECHO_REPLY, UNREACHABLE}) {
      add(ring, frame(Protocol.ICMP, THERE_V4, type, HERE_V4, 7), PacketType.HOST);
    }
    for (int type : new int[] {ECHO_REQUEST_V6, ECHO_REPLY_V6}) {
      add(ring, frame(Protocol.ICMPV6, THERE_V6, type, HERE_V6, 7), PacketType.HOST);
    }
    add(
        ring,
        frame(Protocol.ICMPV6, HERE_V6, NEIGHBOR_SOLICITATION, ALL_NODES, 0),
        PacketType.OUTGOING);
    add(
        ring,
        frame(Protocol.IPV6_HOP_BY_HOP, THERE_V6, Protocol.ICMPV6 << 8, ALL_NODES, ROUTER_ALERT),
        PacketType.MULTICAST);
    add(ring, frame(Protocol.GRE, THERE_V4, 0, HERE_V4, 0), PacketType.HOST);
    byte[] arp = new byte[ETHERNET_BYTES + IPV4_BYTES];
    arp[12] = 8;
    arp[13] = 6;
    add(ring, arp, PacketType.HOST);
  }

  /** Packets that are padded, of unknown length, fragmented or cut short. */
  private static void addIrregular(MemoryRing ring) {
    byte[] plain = frame(Protocol.UDP, THERE_V4, 1, HERE_V4, 2);
    add(ring, Arrays.copyOf(plain, plain.length + 6), PacketType.HOST);
    add(ring, changed(plain, IPV4_TOTAL_LENGTH, 0), PacketType.HOST);
    add(ring, changed(plain, IPV4_TOTAL_LENGTH, 1), PacketType.HOST);
    add(ring, changed(plain, IPV4_FRAGMENT, 0x2000), PacketType.HOST);
    add(ring, changed(plain, IPV4_FRAGMENT, 1), PacketType.HOST);
    add(
        ring,
        frame(Protocol.IPV6_FRAGMENT, THERE_V6, Protocol.UDP << 8, HERE_V6, 1),
        PacketType.HOST);
    add(
        ring,
        frame(Protocol.IPV6_FRAGMENT, THERE_V6, Protocol.UDP << 8, HERE_V6, 1 << 3),
        PacketType.HOST);
    add(ring, Arrays.copyOf(plain, ETHERNET_BYTES + IPV4_BYTES - 1), PacketType.HOST);
    add(ring, Arrays.copyOf(plain, ETHERNET_BYTES + IPV4_BYTES + 2), PacketType.HOST);
  }

  /** An IP packet whose payload begins with two ports. */
  private static byte[] frame(int protocol, End source, int sourcePort, End to, int toPort) {
    boolean v6 = !IpAddress.isMapped(to.high, to.low);
    int ipBytes = v6 ? IPV6_BYTES : IPV4_BYTES;
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET_BYTES + ipBytes + TCP_BYTES);
    frame.position(12);
    if (v6) {
      frame.putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) TCP_BYTES);
      frame.put((byte) protocol).put((byte) 64);
      frame.putLong(source.high).putLong(source.low).putLong(to.high).putLong(to.low);
    } else {
      frame.putShort((short) 0x0800).putShort((short) 0x4500);
      frame.putShort((short) (IPV4_BYTES + TCP_BYTES)).putInt(0);
      frame.put((byte) 64).put((byte) protocol).putShort((short) 0);
      frame.putInt((int) source.low).putInt((int) to.low);
    }
    frame.putShort((short) sourcePort).putShort((short) toPort);
    frame.putLong(0).put((byte) 0x50).put((byte) ACK);
    return frame.array();
  }

  private static byte[] flagged(byte[] frame, boolean v6, int flags) {
    byte[] flagged = frame.clone();
    flagged[ETHERNET_BYTES + (v6 ? IPV6_BYTES : IPV4_BYTES) + TCP_FLAGS] = (byte) flags;
    return flagged;
  }

  private static byte[] tagged(byte[] frame) {
    ByteBuffer tagged = ByteBuffer.allocate(frame.length + 4);
    tagged.put(frame, 0, 12).putShort((short) 0x8100).putShort((short) 5);
    return tagged.put(frame, 12, frame.length - 12).array();
  }

  private static byte[] changed(byte[] frame, int offset, int value) {
    return ByteBuffer.wrap(frame.clone()).putShort(offset, (short) value).array();
  }

  /** An address as in {@link Segment}. */
  private record End(long high, long low) {
    static End v4(int address) {
      return new End(0, IpAddress.mapped(address));
    }

    End plus(int number) {
      return new End(high, low + number);
    }
  }
}
