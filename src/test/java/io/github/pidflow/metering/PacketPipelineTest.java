package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.InterfaceAddress;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockettable.SocketTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each packet ends in exactly one counter, the right one; conservation is checked after every test.
 */
@Timeout(30)
class PacketPipelineTest {
  private static final String HERE = "10.0.0.5";
  private static final String THERE = "192.0.2.7";
  private static final int BRIDGE_INDEX = FrameBuilder.INTERFACE_INDEX + 1;
  private static final ProcessInfo NGINX = ProcessInfo.named(812, "nginx");
  private static final int MAX_PARKED = 2;
  private static final long SECOND = 1_000_000_000L;

  private final DaemonCounters counters = new DaemonCounters();
  private final List<Miss> misses = new ArrayList<>();
  private final AccountingSettings settings =
      new AccountingSettings(
          MAX_PARKED,
          Duration.ofSeconds(10),
          Duration.ofMinutes(5),
          100,
          100,
          List.of(),
          Attribute.COMM);
  private final TrafficMeter meter = new TrafficMeter(settings, counters);
  private final PacketPipeline pipeline =
      new PacketPipeline(settings, meter, misses::add, counters);
  private final Attribution attribution = pipeline.attribution();
  private long sent;

  @BeforeEach
  void learn() {
    pipeline.putNetwork(0, network(port("eth0", 0)));
    attribution.replaceTable(SocketTable.of(Map.of(key(443, 51000), NGINX)));
  }

  @AfterEach
  void assertConserved() {
    TrafficSnapshot snapshot = snapshot();
    long attributed = 0;
    for (TrafficSnapshot.GroupTraffic group : snapshot.groups()) {
      attributed += group.traffic().rxBytes() + group.traffic().txBytes();
    }
    long unattributed =
        snapshot.unattributed().stream().mapToLong(each -> each.rxBytes() + each.txBytes()).sum();
    assertEquals(
        snapshot.capturedBytes(),
        attributed + unattributed + snapshot.parkedBytes() + snapshot.forwardedBytes());
    assertEquals(sent, snapshot.capturedBytes() + counted(DaemonCounter.DUPLICATE_BYTES));
  }

  @Test
  void shouldAttributeToTheOwner() {
    frame(tcp(51000, 443).payload(60), PacketType.HOST, 100);
    frame(reply(443, 51000).payload(10), PacketType.OUTGOING, 50);

    assertEquals(new Traffic(100, 1, 50, 1), snapshot().processes().get(0).traffic());
    assertEquals(List.of(), misses);
    assertEquals(0, counted(DaemonCounter.MISSES));
  }

  @Test
  void shouldCountMalformedPackets() {
    frame(tcp(51000, 443).ipByte(0, 0x41), PacketType.HOST, 40);
    frame(reply(443, 51000).ipByte(0, 0x41).payload(10), PacketType.OUTGOING, 50);

    assertUnattributed(UnattributedReason.MALFORMED, 40, 50);
  }

  @Test
  void shouldCountPacketsTruncatedBeforeTheirPorts() {
    frame(FrameBuilder.ethernet().ipv4(THERE, HERE).protocol(Protocol.TCP), PacketType.HOST, 20);

    assertUnattributed(UnattributedReason.MALFORMED, 20, 0);
  }

  @Test
  void shouldCountFragmentsWithoutAFirstFragment() {
    frame(
        FrameBuilder.ethernet().ipv4(THERE, HERE).fragment(9, 80, false).protocol(17).payload(80),
        PacketType.HOST,
        100);
    assertEquals(100, snapshot().parkedBytes());

    attribution.settleAll();

    assertUnattributed(UnattributedReason.ORPHAN_FRAGMENT, 100, 0);
    assertEquals(0, snapshot().parkedBytes());
  }

  @Test
  void shouldCountProtocolsTheKernelHandlesItself() {
    frame(FrameBuilder.ethernet().ipv4(THERE, HERE).icmp(8, 77), PacketType.HOST, 28);

    assertUnattributed(UnattributedReason.KERNEL_PROTOCOL, 28, 0);
    assertEquals(List.of(), misses);
  }

  @Test
  void shouldCountOuterPacketsOfTunnels() {
    frame(
        FrameBuilder.ethernet().ipv4(HERE, THERE).protocol(47).payload(80),
        PacketType.OUTGOING,
        100);
    NetworkInterface vxlan =
        new NetworkInterface(BRIDGE_INDEX, "vx0", "vxlan", false, 0, 0, 0, 4789);
    pipeline.putNetwork(0, network(port("eth0", 0), vxlan));
    frame(FrameBuilder.ethernet().ipv4(HERE, THERE).udp(50123, 4789), PacketType.OUTGOING, 28);
    frame(FrameBuilder.ethernet().ipv4(THERE, HERE).udp(50124, 4789), PacketType.HOST, 28);
    // The third cannot be parked, but must still be recognised as a tunnel's.
    frame(FrameBuilder.ethernet().ipv4(THERE, HERE).udp(50125, 4789), PacketType.HOST, 28);
    attribution.settleAll();

    assertUnattributed(UnattributedReason.TUNNEL, 56, 128);
  }

  @Test
  void shouldAttributeATunnelOwnedByAProcess() {
    NetworkInterface vxlan =
        new NetworkInterface(BRIDGE_INDEX, "vx0", "vxlan", false, 0, 0, 0, 4789);
    pipeline.putNetwork(0, network(port("eth0", 0), vxlan));
    SocketKey key = SocketKey.of(Segments.sent(Protocol.UDP, HERE, 1194, THERE, 4789));
    attribution.replaceTable(SocketTable.of(Map.of(key, NGINX)));

    frame(FrameBuilder.ethernet().ipv4(HERE, THERE).udp(1194, 4789), PacketType.OUTGOING, 28);

    assertEquals(new Traffic(0, 0, 28, 1), snapshot().processes().get(0).traffic());
  }

  @Test
  void shouldCountForwardedPackets() {
    frame(FrameBuilder.ethernet().ipv4(THERE, "192.0.2.8").udp(1, 2), PacketType.HOST, 28);
    assertEquals(28, snapshot().parkedBytes());

    // It goes on at once, and so does what follows.
    frame(FrameBuilder.ethernet().ipv4(THERE, "192.0.2.8").udp(1, 2), PacketType.OUTGOING, 28);
    frame(FrameBuilder.ethernet().ipv4(THERE, "192.0.2.8").udp(1, 2), PacketType.HOST, 28);

    assertEquals(84, snapshot().forwardedBytes());
    assertEquals(0, snapshot().parkedFlows());
    assertEquals(List.of(), misses);
  }

  @Test
  void shouldForwardInTheEndWhatNobodyHas() {
    frame(FrameBuilder.ethernet().ipv4(THERE, "192.0.2.8").udp(1, 2), PacketType.HOST, 28);
    attribution.settle();
    assertEquals(28, snapshot().parkedBytes());

    attribution.advanceTo(2_000_000_000);
    attribution.settle();

    assertEquals(28, snapshot().forwardedBytes());
    assertEquals(0, snapshot().parkedBytes());
  }

  @Test
  void shouldAttributeWhatASocketHasThoughTheAddressIsNobodys() {
    SocketKey transparent =
        SocketKey.of(Segments.sent(Protocol.TCP, "192.0.2.8", 80, THERE, 51000));
    frame(foreign(51000, 80), PacketType.HOST, 40);
    assertEquals(40, snapshot().parkedBytes());

    attribution.replaceTable(SocketTable.of(Map.of(transparent, NGINX)));
    attribution.settle();
    frame(foreign(51000, 80), PacketType.HOST, 40);

    assertEquals(new Traffic(80, 2, 0, 0), snapshot().processes().get(0).traffic());
    assertEquals(0, snapshot().forwardedBytes());
  }

  @Test
  void shouldAttributeTheFirstPacketsOfANewAddress() {
    frame(FrameBuilder.ethernet().ipv4("192.0.2.8", THERE).udp(9, 2), PacketType.OUTGOING, 28);
    assertEquals(1, misses.size());
    assertEquals(28, snapshot().parkedBytes());

    SocketKey any = SocketKey.of(Segments.sent(Protocol.UDP, "0.0.0.0", 9, THERE, 2));
    SocketKey wildcard = new SocketKey(Protocol.UDP, any.localHigh(), any.localLow(), 9, 0, 0, 0);
    attribution.replaceTable(SocketTable.of(Map.of(wildcard, NGINX)));
    attribution.settle();
    assertEquals(28, snapshot().parkedBytes());
    SocketKey added = SocketKey.of(Segments.sent(Protocol.UDP, "192.0.2.8", 9, THERE, 2));
    InterfaceAddress address = new InterfaceAddress(1, added.localHigh(), added.localLow());
    pipeline.putNetwork(0, new HostNetwork(List.of(port("eth0", 0)), List.of(address), List.of()));
    attribution.settle();

    assertEquals(new Traffic(0, 0, 28, 1), snapshot().processes().get(0).traffic());
  }

  private static FrameBuilder foreign(int source, int destination) {
    return FrameBuilder.ethernet()
        .ipv4(THERE, "192.0.2.8")
        .tcp(source, destination, FrameBuilder.ACK);
  }

  @Test
  void shouldNotCountPacketsOtherThanIp() {
    frame(FrameBuilder.ethernet().etherType(0x0806).payload(28), PacketType.HOST, 0);

    assertEquals(1, counted(DaemonCounter.FRAMES_NOT_IP));
    assertEquals(0, snapshot().capturedBytes());
  }

  @Test
  void shouldCountDuplicateSightingsSeparately() {
    NetworkInterface bridge = new NetworkInterface(BRIDGE_INDEX, "br0", "bridge", false, 0, 0, 0);
    pipeline.putNetwork(0, network(port("eth0", BRIDGE_INDEX), bridge));

    frame(tcp(51000, 443), PacketType.HOST, 40);

    assertEquals(1, counted(DaemonCounter.DUPLICATE_PACKETS));
    assertEquals(40, counted(DaemonCounter.DUPLICATE_BYTES));
    assertEquals(0, snapshot().capturedBytes());
  }

  @Test
  void shouldRequestAFlowsOwnerOnceAndThenAttributeAllOfIt() {
    frame(tcp(51001, 443), PacketType.HOST, 40);
    frame(tcp(51001, 443).payload(60), PacketType.HOST, 100);
    assertEquals(List.of(new Miss(key(443, 51001), FrameBuilder.INTERFACE_INDEX)), misses);
    assertEquals(140, snapshot().parkedBytes());

    attribution.replaceTable(SocketTable.of(Map.of(key(443, 51001), NGINX)));
    attribution.settle();

    assertEquals(new Traffic(140, 2, 0, 0), snapshot().processes().get(0).traffic());
    assertEquals(0, snapshot().parkedBytes());
  }

  @Test
  void shouldParkSegmentsThatFollowAParkedSyn() {
    frame(tcp(51001, 443), PacketType.HOST, 40);
    frame(
        FrameBuilder.ethernet().ipv4(THERE, HERE).tcp(51001, 443, FrameBuilder.SYN),
        PacketType.HOST,
        40);
    ProcessInfo last = ProcessInfo.named(811, "last");
    attribution.replaceTable(SocketTable.of(Map.of(key(443, 51001), last)));
    frame(tcp(51001, 443).payload(60), PacketType.HOST, 100);
    assertEquals(180, snapshot().parkedBytes());

    attribution.replaceTable(SocketTable.of(Map.of(key(443, 51001), NGINX)));
    attribution.settle();
    frame(tcp(51001, 443), PacketType.HOST, 40);

    assertEquals(new Traffic(220, 4, 0, 0), snapshot().processes().get(0).traffic());
    assertEquals(
        List.of(NGINX), snapshot().processes().stream().map(each -> each.process()).toList());
  }

  @Test
  void shouldGiveUpOnAFlowParkedTooLong() {
    frame(tcp(51001, 443), PacketType.HOST, 40);

    attribution.advanceTo(9 * SECOND);
    attribution.settle();
    assertEquals(40, snapshot().parkedBytes());
    attribution.advanceTo(10 * SECOND);
    attribution.settle();

    assertUnattributed(UnattributedReason.NO_SOCKET, 40, 0);
    assertEquals(1, counted(DaemonCounter.PARKED_EXPIRED));
  }

  @Test
  void shouldCountPacketsThatCannotBeParked() {
    for (int port = 1; port <= MAX_PARKED + 1; port++) {
      frame(tcp(port, 443), PacketType.HOST, 40);
    }

    assertUnattributed(UnattributedReason.PARKED_OVERFLOW, 40, 0);
    assertEquals(1, counted(DaemonCounter.PARKED_OVERFLOWS));
    assertEquals(80, snapshot().parkedBytes());
  }

  @Test
  void shouldAttributePacketsThatCannotBeParkedToTheListener() {
    attribution.replaceTable(SocketTable.of(Map.of(listener(443), NGINX)));
    for (int port = 1; port <= MAX_PARKED + 1; port++) {
      frame(tcp(port, 443), PacketType.HOST, 40);
    }

    assertEquals(new Traffic(40, 1, 0, 0), snapshot().processes().get(0).traffic());
  }

  @Test
  void shouldGiveUpOnAllParkedFlowsAtTheEnd() {
    attribution.replaceTable(SocketTable.of(Map.of(listener(443), NGINX)));
    frame(tcp(1, 443), PacketType.HOST, 40);
    frame(tcp(1, 80), PacketType.HOST, 40);

    attribution.settleAll();

    assertEquals(new Traffic(40, 1, 0, 0), snapshot().processes().get(0).traffic());
    assertUnattributed(UnattributedReason.NO_SOCKET, 40, 0);
    assertEquals(0, snapshot().parkedBytes());
  }

  private TrafficSnapshot snapshot() {
    return meter.snapshot(attribution.totals());
  }

  private void frame(FrameBuilder builder, PacketType type, int ipBytes) {
    Frame frame = builder.frame();
    pipeline.onFrame(frame.packetType(type));
    sent += ipBytes;
  }

  private void assertUnattributed(UnattributedReason reason, long rxBytes, long txBytes) {
    assertEquals(
        List.of(new TrafficSnapshot.UnattributedTraffic(reason, rxBytes, txBytes)),
        snapshot().unattributed().stream()
            .filter(each -> each.rxBytes() + each.txBytes() > 0)
            .toList());
  }

  private static FrameBuilder tcp(int source, int destination) {
    return FrameBuilder.ethernet().ipv4(THERE, HERE).tcp(source, destination, FrameBuilder.ACK);
  }

  private static FrameBuilder reply(int source, int destination) {
    return FrameBuilder.ethernet().ipv4(HERE, THERE).tcp(source, destination, FrameBuilder.ACK);
  }

  private static SocketKey key(int localPort, int remotePort) {
    return SocketKey.of(Segments.sent(Protocol.TCP, HERE, localPort, THERE, remotePort));
  }

  private static SocketKey listener(int port) {
    SocketKey connected = key(port, 1);
    return new SocketKey(Protocol.TCP, connected.localHigh(), connected.localLow(), port, 0, 0, 0);
  }

  private static NetworkInterface port(String name, int master) {
    return new NetworkInterface(FrameBuilder.INTERFACE_INDEX, name, "", false, master, 0, 0);
  }

  private static HostNetwork network(NetworkInterface... interfaces) {
    SocketKey any = key(1, 1);
    InterfaceAddress here =
        new InterfaceAddress(FrameBuilder.INTERFACE_INDEX, any.localHigh(), any.localLow());
    return new HostNetwork(List.of(interfaces), List.of(here), List.of());
  }

  private long counted(DaemonCounter counter) {
    pipeline.publishCounters();
    return counters.value(counter);
  }
}
