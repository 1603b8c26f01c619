package io.github.pidflow.daemon;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.capture.MemoryRing;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.InterfaceAddress;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.ownership.SocketTable;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes made-up packets the way of real ones, into counters nobody sees, until the JIT compiler has
 * been over the code. An interpreted packet takes 2 us, so a burst right after a start would fill
 * the ring, and what is compiled during a flood is compiled on the flood's time.
 */
final class WarmUp implements Runnable {
  private static final int PACKETS = 200_000;

  /**
   * Between pauses, in which the compiler does what it was asked for, so that less is interpreted.
   */
  private static final int BURST = 2_000;

  private static final long PAUSE_NANOS = 10_000_000;
  private static final int FLOWS = 32;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int BLOCKS = 2;

  /** Less than there are, so that reading ends in both ways it can. */
  private static final int READ_LIMIT = 32;

  private static final int INTERFACE = 1;
  private static final int LOOPBACK = 2;
  private static final int PACKET_HOST = 0;
  private static final int PACKET_BROADCAST = 1;
  private static final int PACKET_MULTICAST = 2;
  private static final int PACKET_OTHERHOST = 3;
  private static final int PACKET_OUTGOING = 4;

  private static final int ETHERNET_BYTES = 14;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int TCP_BYTES = 20;

  // Documentation's addresses, RFC 5737 and RFC 3849.
  private static final End HERE_V4 = End.v4(0xc000_0201);
  private static final End THERE_V4 = End.v4(0xc633_6401);
  private static final End ELSEWHERE_V4 = End.v4(0xcb00_7101);
  private static final End BROADCAST = End.v4(0xffff_ffff);
  private static final End HERE_V6 = new End(0x2001_0db8_0000_0000L, 1);
  private static final End THERE_V6 = new End(0x2001_0db8_0000_0001L, 1);
  private static final End ALL_NODES = new End(0xff02_0000_0000_0000L, 1);
  private static final int ADDRESSES = 16;

  // Where a datagram has its source port.
  private static final int ECHO_REQUEST = 8 << 8;
  private static final int ECHO_REQUEST_V6 = 128 << 8;
  private static final int NEIGHBOR_SOLICITATION = 135 << 8;

  private static final int HOP_BY_HOP = 0;
  private static final int ROUTER_ALERT = 0x0502;
  private static final int DNS_PORT = 53;
  private static final int SERVER_PORT = 443;
  private static final int FIRST_CLIENT_PORT = 40_000;

  private final AccountingSettings settings;

  WarmUp(AccountingSettings settings) {
    this.settings = settings;
  }

  @Override
  public void run() {
    count();
  }

  /** What was counted, which is of use to a test only. */
  TrafficSnapshot count() {
    DaemonCounters counters = new DaemonCounters();
    TrafficMeter meter = new TrafficMeter(settings, counters);
    PacketPipeline pipeline = new PacketPipeline(meter, miss -> {}, counters);
    pipeline.use(
        0,
        new HostNetwork(
            List.of(
                new NetworkInterface(INTERFACE, "eth0", "", false, 0, 0, 0),
                new NetworkInterface(LOOPBACK, "lo", "", true, 0, 0, 0)),
            addresses(),
            List.of()));
    List<Map<SocketKey, ProcessInfo>> owners =
        List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());
    MemoryRing ring = new MemoryRing(BLOCK_BYTES, BLOCKS);
    for (int flow = 0; flow < FLOWS; flow++) {
      add(flow, ring, owners.get(flow % owners.size()));
    }
    addOthers(ring);
    addServer(ring, owners.get(0));
    Map<SocketKey, ProcessInfo> all = new HashMap<>();
    owners.forEach(all::putAll);
    SocketTable layered = SocketTable.of(owners.get(0), owners.get(1), owners.get(2));
    SocketTable flat = SocketTable.of(all);
    int packets = 0;
    int pause = BURST;
    int turn = 0;
    while (packets < PACKETS) {
      // Another each time, so that owners are looked up and not remembered.
      pipeline.use(turn++ % 2 == 0 ? layered : flat);
      packets += ring.read(pipeline, READ_LIMIT);
      pipeline.now(System.nanoTime());
      pipeline.endBatch();
      if (packets >= pause) {
        pause += BURST;
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return meter.snapshot(System.nanoTime());
  }

  /** Several, so that looking for one meets another in its place. */
  private static List<InterfaceAddress> addresses() {
    List<InterfaceAddress> addresses = new ArrayList<>();
    for (int i = 0; i < ADDRESSES; i++) {
      for (End end : List.of(HERE_V4.plus(i), HERE_V6.plus(i))) {
        addresses.add(new InterfaceAddress(INTERFACE, end.high, end.low));
      }
    }
    return addresses;
  }

  /** One packet each way of a connection or of a pair of datagram sockets. */
  private static void add(int flow, MemoryRing ring, Map<SocketKey, ProcessInfo> owners) {
    boolean v6 = flow % 4 == 3;
    int protocol = flow % 2 == 0 ? Protocol.TCP : Protocol.UDP;
    int port = FIRST_CLIENT_PORT + flow;
    End here = v6 ? HERE_V6 : HERE_V4;
    End there = v6 ? THERE_V6 : THERE_V4;
    owners.put(
        new SocketKey(protocol, here.high, here.low, SERVER_PORT, there.high, there.low, port),
        ProcessInfo.named(1 + flow % 4, "warm-up-" + flow % 4));
    int seenOn = flow % 8 == 0 ? LOOPBACK : INTERFACE;
    ring.add(frame(protocol, there, port, here, SERVER_PORT), seenOn, PACKET_HOST);
    ring.add(frame(protocol, here, SERVER_PORT, there, port), seenOn, PACKET_OUTGOING);
  }

  /** One packet each way of a socket that takes any remote end. */
  private static void addServer(MemoryRing ring, Map<SocketKey, ProcessInfo> owners) {
    SocketKey key = SocketKey.bound(0, Protocol.UDP, 0, Segment.mapped(0), DNS_PORT);
    owners.put(key, ProcessInfo.named(1, "warm-up-0"));
    byte[] query = frame(Protocol.UDP, THERE_V4, FIRST_CLIENT_PORT, HERE_V4, DNS_PORT);
    byte[] answer = frame(Protocol.UDP, HERE_V4, DNS_PORT, THERE_V4, FIRST_CLIENT_PORT);
    ring.add(query, INTERFACE, PACKET_HOST);
    ring.add(answer, INTERFACE, PACKET_OUTGOING);
  }

  /** What no process owns, since code that never met it is thrown away when it does. */
  private static void addOthers(MemoryRing ring) {
    ring.add(frame(Protocol.ICMP, THERE_V4, ECHO_REQUEST, HERE_V4, 0), INTERFACE, PACKET_HOST);
    ring.add(frame(Protocol.ICMPV6, THERE_V6, ECHO_REQUEST_V6, HERE_V6, 0), INTERFACE, PACKET_HOST);
    ring.add(
        frame(Protocol.ICMPV6, HERE_V6, NEIGHBOR_SOLICITATION, ALL_NODES, 0),
        INTERFACE,
        PACKET_OUTGOING);
    ring.add(
        frame(HOP_BY_HOP, THERE_V6, Protocol.ICMPV6 << 8, ALL_NODES, ROUTER_ALERT),
        INTERFACE,
        PACKET_MULTICAST);
    ring.add(frame(Protocol.UDP, THERE_V4, 1, BROADCAST, 2), INTERFACE, PACKET_BROADCAST);
    ring.add(frame(Protocol.UDP, THERE_V4, 1, HERE_V4, 2), INTERFACE, PACKET_HOST);
    ring.add(frame(Protocol.TCP, THERE_V6, 1, HERE_V6, 2), INTERFACE, PACKET_HOST);
    ring.add(frame(Protocol.UDP, THERE_V4, 1, ELSEWHERE_V4, 2), INTERFACE, PACKET_OTHERHOST);
    ring.add(frame(Protocol.GRE, THERE_V4, 0, HERE_V4, 0), INTERFACE, PACKET_HOST);
    byte[] arp = new byte[ETHERNET_BYTES + IPV4_BYTES];
    arp[12] = 8;
    arp[13] = 6;
    ring.add(arp, INTERFACE, PACKET_HOST);
  }

  private static byte[] frame(int protocol, End source, int sourcePort, End to, int toPort) {
    boolean v6 = !Segment.isMapped(to.high, to.low);
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
    frame.putLong(0).put((byte) 0x50).put((byte) 0x10);
    return frame.array();
  }

  /** An address, as {@link Segment} has it. */
  private record End(long high, long low) {
    static End v4(int address) {
      return new End(0, Segment.mapped(address));
    }

    End plus(int number) {
      return new End(high, low + number);
    }
  }
}
