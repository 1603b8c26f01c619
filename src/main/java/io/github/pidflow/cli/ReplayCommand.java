package io.github.pidflow.cli;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.capture.CaptureSource;
import io.github.pidflow.capture.PcapFileSource;
import io.github.pidflow.config.Settings;
import io.github.pidflow.exposition.TrafficFamilies;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.RouteNetlink;
import io.github.pidflow.metering.PacketPipeline;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.ownership.SocketTable;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pidflow replay}: a capture file through the same pipeline as live packets. */
@Command(
    name = "replay",
    description = {
      "Counts the packets of a capture file and prints the counters, in Prometheus' text format.",
      "Without --sockets, their owners are those of this host's sockets as they are now."
    },
    footer = {
      "",
      "Lines of TABLE: protocol, local end, remote end or *, pid, comm. The port of an",
      "icmp socket is its echo id. A line 'local ADDRESS' names one more address of",
      "the capturing host.",
      "  tcp    10.0.0.5:443   192.0.2.7:51000   812  nginx",
      "  tcp    [fd00::5]:443  *                 812  nginx",
      "  udp    0.0.0.0:53     *                 77   dnsmasq",
      "  local  10.0.0.6"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class ReplayCommand implements Callable<Integer> {
  private static final int BATCH = 1024;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOption settingsOption;

  @Parameters(paramLabel = "FILE", description = "pcap or pcapng file.")
  private Path file;

  @Option(
      names = "--sockets",
      paramLabel = "TABLE",
      description = "Who owned the sockets, one a line; see below.")
  private Path sockets;

  @Override
  public Integer call() throws Exception {
    Settings settings = settingsOption.read();
    DaemonCounters counters = new DaemonCounters();
    TrafficMeter meter = new TrafficMeter(settings.accounting(), counters);
    PacketPipeline pipeline =
        new PacketPipeline(settings.accounting(), meter, miss -> {}, counters);
    SocketTable table = useOwners(pipeline, settings);
    try (CaptureSource source = PcapFileSource.open(file, settings.capture().filter())) {
      meter.retainLive(table.processes(), 0);
      long began = System.nanoTime();
      try {
        long frames = count(source, pipeline);
        tell(frames, System.nanoTime() - began);
      } finally {
        print(meter.snapshot(pipeline.attribution().totals()));
      }
    }
    return 0;
  }

  /** Nobody's owner becomes known while a file is read, so nothing waits for one. */
  private static long count(CaptureSource source, PacketPipeline pipeline) throws IOException {
    long frames = 0;
    while (!source.isExhausted()) {
      try {
        frames += source.poll(pipeline, BATCH);
      } finally {
        pipeline.attribution().settleAll();
      }
    }
    return frames;
  }

  /** Beside the counters, which are for a program to read. */
  private void tell(long frames, long nanos) {
    spec.commandLine()
        .getErr()
        .printf(Locale.ROOT, "%s: %,d frames in %.2f s%n", file, frames, nanos / 1e9);
  }

  private SocketTable useOwners(PacketPipeline pipeline, Settings settings) throws IOException {
    SocketTable table;
    if (sockets != null) {
      SocketFile given = SocketFile.read(sockets);
      table = given.table();
      pipeline.putNetwork(Namespace.OWN, given.network());
    } else {
      OwnershipAgent ownership =
          new OwnershipAgent(settings.ownership(), new DaemonCounters(), List::of);
      ownership.onStart();
      ownership.onClose();
      table = ownership.table();
      try (RouteNetlink route = RouteNetlink.open()) {
        pipeline.putNetwork(Namespace.OWN, route.read());
      }
    }
    pipeline.attribution().replaceTable(table);
    return table;
  }

  private void print(TrafficSnapshot snapshot) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.print(new TrafficFamilies(() -> snapshot, List::of, () -> 1).text());
    if (out.checkError()) {
      throw new IOException("the counters could not be written in full");
    }
  }
}
