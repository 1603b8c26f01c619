package io.github.pidflow.daemon;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
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
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From a frame in memory to the counter it ends in: decode, owner, count. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class HotPathBenchmark {
  private static final int FRAMES = 16_384;
  private static final int SLOT_BYTES = 128;
  private static final int PROCESSES = 500;
  private static final int HERE = 0x0a00_0005;
  private static final int THERE = 0xc000_0000;

  /** Flows, as many as there are packets between two of one. */
  @Param({"1", "100", "10000"})
  private int flows;

  /** Whether packets of a flow come one after another, as they do off a ring, or all mixed. */
  @Param({"runs", "mixed"})
  private String order;

  private final Frame frame = new Frame();
  private final ByteBuffer memory = ByteBuffer.allocateDirect(FRAMES * SLOT_BYTES);
  private int frameBytes;
  private PacketPipeline pipeline;

  @Setup
  public void fill() {
    DaemonCounters counters = new DaemonCounters();
    TrafficMeter meter =
        new TrafficMeter(
            new AccountingSettings(
                1000,
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                10_000,
                1000,
                List.of(),
                Attribute.COMM),
            counters);
    pipeline = new PacketPipeline(meter, miss -> {}, counters);
    NetworkInterface eth0 =
        new NetworkInterface(FrameBuilder.INTERFACE_INDEX, "eth0", "", false, 0, 0, 0);
    InterfaceAddress here =
        new InterfaceAddress(FrameBuilder.INTERFACE_INDEX, 0, Segment.mapped(HERE));
    pipeline.use(0, new HostNetwork(List.of(eth0), List.of(here), List.of()));
    Map<SocketKey, ProcessInfo> sockets = new HashMap<>();
    ProcessInfo[] processes = new ProcessInfo[PROCESSES];
    Arrays.setAll(processes, i -> ProcessInfo.named(1000 + i, "server-" + i));
    for (int flow = 0; flow < flows; flow++) {
      sockets.put(key(flow), processes[flow % PROCESSES]);
    }
    pipeline.use(SocketTable.of(sockets));
    Random random = new Random(42);
    for (int i = 0; i < FRAMES; i++) {
      int flow = order.equals("runs") ? (int) ((long) i * flows / FRAMES) : random.nextInt(flows);
      put(i, flow);
    }
  }

  private static int remoteAddress(int flow) {
    return THERE + flow / 1000;
  }

  private static int remotePort(int flow) {
    return 20_000 + flow % 1000;
  }

  private static SocketKey key(int flow) {
    return new SocketKey(
        Protocol.TCP,
        0,
        Segment.mapped(HERE),
        443,
        0,
        Segment.mapped(remoteAddress(flow)),
        remotePort(flow));
  }

  private void put(int slot, int flow) {
    Frame built =
        FrameBuilder.ethernet()
            .ipv4(text(remoteAddress(flow)), text(HERE))
            .tcp(remotePort(flow), 443, FrameBuilder.ACK)
            .payload(6)
            .frame();
    frameBytes = built.capturedLength();
    for (int i = 0; i < frameBytes; i++) {
      memory.put(slot * SLOT_BYTES + i, built.buffer().get(built.offset() + i));
    }
  }

  private static String text(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 255)
        + '.'
        + (address >>> 8 & 255)
        + '.'
        + (address & 255);
  }

  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void packets() {
    pipeline.now(System.nanoTime());
    for (int i = 0; i < FRAMES; i++) {
      frame
          .bytes(memory, i * SLOT_BYTES, frameBytes, frameBytes)
          .link(LinkType.ETHERNET, 0)
          .seen(FrameBuilder.INTERFACE_INDEX, PacketType.HOST, Frame.NO_VLAN_TAG, i);
      pipeline.onFrame(frame);
    }
    pipeline.endBatch();
  }
}
