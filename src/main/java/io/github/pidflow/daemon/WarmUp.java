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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes made-up packets the way of real ones, into counters nobody sees, until the JIT compiler has
 * been over the code. An interpreted packet takes 2 us, so a burst right after a start would fill
 * the ring, and what is compiled during a flood is compiled on the flood's time.
 */
final class WarmUp implements Runnable {
  private static final int PACKETS = 150_000;
  private static final int FLOWS = 32;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int BLOCKS = 2;

  private static final int INTERFACE = 1;
  private static final int LOOPBACK = 2;
  private static final int PACKET_HOST = 0;
  private static final int PACKET_OUTGOING = 4;

  private static final int ETHERNET_BYTES = 14;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int TCP_BYTES = 20;

  private static final long DOCUMENTATION_V6 = 0x2001_0db8_0000_0000L;
  private static final int HERE_V4 = 0xc000_0201;
  private static final int THERE_V4 = 0xc633_6401;
  private static final int ECHO_REQUEST = 8 << 8;
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
            List.of(
                new InterfaceAddress(INTERFACE, 0, Segment.mapped(HERE_V4)),
                new InterfaceAddress(INTERFACE, DOCUMENTATION_V6, 1)),
            List.of()));
    Map<SocketKey, ProcessInfo> owners = new HashMap<>();
    MemoryRing ring = new MemoryRing(BLOCK_BYTES, BLOCKS);
    for (int flow = 0; flow < FLOWS; flow++) {
      add(flow, ring, owners);
    }
    addOthers(ring);
    pipeline.use(SocketTable.of(owners));
    int packets = 0;
    while (packets < PACKETS) {
      packets += ring.read(pipeline);
      pipeline.now(System.nanoTime());
      pipeline.endBatch();
    }
    return meter.snapshot(System.nanoTime());
  }

  /** One packet each way of a connection or of a pair of datagram sockets. */
  private static void add(int flow, MemoryRing ring, Map<SocketKey, ProcessInfo> owners) {
    boolean v6 = flow % 4 == 3;
    int protocol = flow % 2 == 0 ? Protocol.TCP : Protocol.UDP;
    int port = FIRST_CLIENT_PORT + flow;
    long high = v6 ? DOCUMENTATION_V6 : 0;
    long here = v6 ? 1 : Segment.mapped(HERE_V4);
    long there = v6 ? 2 : Segment.mapped(THERE_V4);
    owners.put(
        new SocketKey(protocol, high, here, SERVER_PORT, high, there, port),
        ProcessInfo.named(1 + flow % 4, "warm-up-" + flow % 4));
    int seenOn = flow % 8 == 0 ? LOOPBACK : INTERFACE;
    byte[] received = frame(v6, protocol, high, there, port, here, SERVER_PORT);
    byte[] sent = frame(v6, protocol, high, here, SERVER_PORT, there, port);
    ring.add(received, seenOn, PACKET_HOST);
    ring.add(sent, seenOn, PACKET_OUTGOING);
  }

  /** What no process owns, since code that never met it is thrown away when it does. */
  private static void addOthers(MemoryRing ring) {
    long here = Segment.mapped(HERE_V4);
    long there = Segment.mapped(THERE_V4);
    byte[] echo = frame(false, Protocol.ICMP, 0, there, ECHO_REQUEST, here, 0);
    byte[] passing = frame(false, Protocol.UDP, 0, there, 1, there + 1, 2);
    byte[] tunnelled = frame(false, Protocol.GRE, 0, there, 0, here, 0);
    byte[] arp = new byte[ETHERNET_BYTES + IPV4_BYTES];
    arp[12] = 8;
    arp[13] = 6;
    for (byte[] frame : List.of(echo, passing, tunnelled, arp)) {
      ring.add(frame, INTERFACE, PACKET_HOST);
    }
  }

  private static byte[] frame(
      boolean v6, int protocol, long high, long source, int sourcePort, long to, int toPort) {
    int ipBytes = v6 ? IPV6_BYTES : IPV4_BYTES;
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET_BYTES + ipBytes + TCP_BYTES);
    frame.position(12);
    if (v6) {
      frame.putShort((short) 0x86dd).putInt(0x6000_0000).putShort((short) TCP_BYTES);
      frame.put((byte) protocol).put((byte) 64);
      frame.putLong(high).putLong(source).putLong(high).putLong(to);
    } else {
      frame.putShort((short) 0x0800).putShort((short) 0x4500);
      frame.putShort((short) (IPV4_BYTES + TCP_BYTES)).putInt(0);
      frame.put((byte) 64).put((byte) protocol).putShort((short) 0);
      frame.putInt((int) source).putInt((int) to);
    }
    frame.putShort((short) sourcePort).putShort((short) toPort);
    frame.putLong(0).put((byte) 0x50).put((byte) 0x10);
    return frame.array();
  }
}
