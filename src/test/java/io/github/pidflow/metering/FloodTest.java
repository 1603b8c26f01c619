package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.SettingsReader;
import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.InterfaceAddress;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockettable.SocketTable;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A million SYNs from a million addresses, with the daemon's default sizes. */
@Timeout(120)
class FloodTest {
  private static final String HERE = "10.0.0.5";
  private static final int SYNS = 1_000_000;
  private static final int IP_BYTES = 40;
  private static final int SOURCE_ADDRESS = 14 + 12;
  private static final int SOURCE_PORT = 14 + 20;
  private static final long MEGABYTE = 1 << 20;

  @Test
  void shouldBoundItsMemoryAndConserveBytes() throws Exception {
    Settings settings = SettingsReader.load(Optional.empty(), Map.of()).settings();
    DaemonCounters counters = new DaemonCounters();
    // Nothing drains its queue, as if no lookup were possible any more.
    OwnershipAgent ownership = new OwnershipAgent(settings.ownership(), counters, List::of);
    TrafficMeter meter = new TrafficMeter(settings.accounting(), counters);
    PacketPipeline pipeline =
        new PacketPipeline(settings.accounting(), meter, ownership.proxy()::lookUp, counters);
    pipeline.putNetwork(0, network());
    Attribution attribution = pipeline.attribution();
    attribution.replaceTable(SocketTable.of(Map.of(listener(), ProcessInfo.named(812, "nginx"))));
    Frame frame =
        FrameBuilder.ethernet()
            .ipv4("192.0.2.7", HERE)
            .tcp(51000, 443, FrameBuilder.SYN)
            .frame()
            .packetType(PacketType.HOST);
    Random random = new Random(1);
    int weights = 0;
    long early = 0;
    for (int i = 0; i < SYNS; i++) {
      // In the second half, the kernel passes one packet in four.
      int weight = i < SYNS / 2 ? 1 : 4;
      attribution.advanceTo(i * 2_000L);
      frame.buffer().putInt(frame.offset() + SOURCE_ADDRESS, random.nextInt() | 1 << 30);
      frame.buffer().putShort(frame.offset() + SOURCE_PORT, (short) random.nextInt());
      pipeline.onFrame(frame.weight(weight));
      weights += weight;
      if (i % 10_000 == 0) {
        attribution.settle();
        assertConserved(meter.snapshot(attribution.totals()), (long) weights * IP_BYTES);
      }
      if (i == SYNS / 10) {
        early = usedBytes();
      }
    }
    long grown = usedBytes() - early;
    // What other tests have left behind in this JVM may be still in use for a moment.
    for (int i = 0; grown >= MEGABYTE && i < 20; i++) {
      Thread.sleep(100);
      grown = usedBytes() - early;
    }

    pipeline.publishCounters();
    assertTrue(grown < MEGABYTE, grown + " bytes more than after a tenth of them");
    int parked = settings.accounting().parkedMaxCount();
    assertEquals(parked, meter.snapshot(attribution.totals()).parkedFlows());
    assertEquals(SYNS - parked, counters.value(DaemonCounter.PARKED_OVERFLOWS));
    assertTrue(counters.value(DaemonCounter.MISS_QUEUE_OVERFLOWS) > 0);
    attribution.settleAll();
    assertConserved(meter.snapshot(attribution.totals()), (long) weights * IP_BYTES);
    assertEquals(0, meter.snapshot(attribution.totals()).parkedBytes());
  }

  private static void assertConserved(TrafficSnapshot snapshot, long sent) {
    long attributed =
        snapshot.groups().stream()
            .mapToLong(each -> each.traffic().rxBytes() + each.traffic().txBytes())
            .sum();
    long unattributed =
        snapshot.unattributed().stream().mapToLong(each -> each.rxBytes() + each.txBytes()).sum();
    assertEquals(sent, snapshot.capturedBytes());
    assertEquals(
        sent, attributed + unattributed + snapshot.parkedBytes() + snapshot.forwardedBytes());
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static SocketKey listener() {
    SocketKey any = SocketKey.of(Segments.sent(Protocol.TCP, HERE, 443, HERE, 1));
    return new SocketKey(Protocol.TCP, any.localHigh(), any.localLow(), 443, 0, 0, 0);
  }

  private static HostNetwork network() {
    SocketKey any = SocketKey.of(Segments.sent(Protocol.TCP, HERE, 443, HERE, 1));
    NetworkInterface eth0 =
        new NetworkInterface(FrameBuilder.INTERFACE_INDEX, "eth0", "", false, 0, 0, 0);
    InterfaceAddress here =
        new InterfaceAddress(FrameBuilder.INTERFACE_INDEX, any.localHigh(), any.localLow());
    return new HostNetwork(List.of(eth0), List.of(here), List.of());
  }
}
