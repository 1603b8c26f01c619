package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.InterfaceAddress;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockettable.SocketTable;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The traffic of a web server: connections to one port, spread over some processes. */
final class ManyFlows {
  private static final int PROCESSES = 500;
  private static final int HERE = 0x0a00_0005;
  private static final int THERE = 0xc000_0000;

  private final int flows;
  private final boolean runs;
  private final Random random = new Random(42);

  /**
   * @param order {@code runs} if the packets of a flow arrive one after another, else {@code mixed}
   */
  ManyFlows(int flows, String order) {
    this.flows = flows;
    runs = order.equals("runs");
  }

  /** A pipeline that knows the owner of each flow. */
  PacketPipeline pipeline() {
    DaemonCounters counters = new DaemonCounters();
    AccountingSettings settings =
        new AccountingSettings(
            1000,
            Duration.ofSeconds(10),
            Duration.ofMinutes(5),
            10_000,
            1000,
            List.of(),
            Attribute.COMM);
    TrafficMeter meter = new TrafficMeter(settings, counters);
    PacketPipeline pipeline = new PacketPipeline(settings, meter, miss -> {}, counters);
    NetworkInterface eth0 =
        new NetworkInterface(FrameBuilder.INTERFACE_INDEX, "eth0", "", false, 0, 0, 0);
    InterfaceAddress here =
        new InterfaceAddress(FrameBuilder.INTERFACE_INDEX, 0, IpAddress.mapped(HERE));
    pipeline.putNetwork(0, new HostNetwork(List.of(eth0), List.of(here), List.of()));
    Map<SocketKey, ProcessInfo> sockets = new HashMap<>();
    ProcessInfo[] processes = new ProcessInfo[PROCESSES];
    Arrays.setAll(processes, i -> ProcessInfo.named(1000 + i, "server-" + i));
    for (int flow = 0; flow < flows; flow++) {
      sockets.put(key(flow), processes[flow % PROCESSES]);
    }
    pipeline.attribution().replaceTable(SocketTable.of(sockets));
    return pipeline;
  }

  /** The frame of one of the packets, an ACK with 6 bytes of payload. */
  byte[] packet(int index, int packets) {
    int flow = runs ? (int) ((long) index * flows / packets) : random.nextInt(flows);
    Frame built =
        FrameBuilder.ethernet()
            .ipv4(text(remoteAddress(flow)), text(HERE))
            .tcp(remotePort(flow), 443, FrameBuilder.ACK)
            .payload(6)
            .frame();
    byte[] bytes = new byte[built.capturedLength()];
    built.buffer().get(built.offset(), bytes);
    return bytes;
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
        IpAddress.mapped(HERE),
        443,
        0,
        IpAddress.mapped(remoteAddress(flow)),
        remotePort(flow));
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
}
