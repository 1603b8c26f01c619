package io.github.pidflow.cli;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.capture.CaptureSource;
import io.github.pidflow.capture.PcapFileSource;
import io.github.pidflow.config.Settings;
import io.github.pidflow.exposition.TrafficFamilies;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.RouteNetlink;
import io.github.pidflow.linux.NativeFunctions;
import io.github.pidflow.metering.PacketPipeline;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockettable.SocketTable;
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

/** {@code pidflow replay}: counts the packets of a capture file as if they were captured live. */
@Command(
    name = "replay",
    description = {
      "Counts the packets of a capture file and prints the counters in Prometheus' text format.",
      "Without --sockets, packets are attributed by the sockets that are open on this host now."
    },
    footer = {
      "",
      "A line of TABLE has a protocol, the local end, the remote end or *, a pid and a comm.",
      "The port of an icmp socket is its echo id. A line 'local ADDRESS' names a further",
      "address of the capturing host.",
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

  @Parameters(paramLabel = "FILE", description = "Capture file, pcap or pcapng.")
  private Path file;

  @Option(
      names = "--sockets",
      paramLabel = "TABLE",
      description = "File with the owners of sockets, one socket per line; see below.")
  private Path sockets;

  @Override
  public Integer call() throws Exception {
    Settings settings = settingsOption.read();
    NativeFunctions.load();
    DaemonCounters counters = new DaemonCounters();
    TrafficMeter meter = new TrafficMeter(settings.accounting(), counters);
    PacketPipeline pipeline =
        new PacketPipeline(settings.accounting(), meter, miss -> {}, counters);
    SocketTable table = loadOwners(pipeline, settings);
    try (CaptureSource source = PcapFileSource.open(file, settings.capture().filter())) {
      meter.retainLive(table.processes(), 0);
      long began = System.nanoTime();
      try {
        long frames = count(source, pipeline);
        reportSpeed(frames, System.nanoTime() - began);
      } finally {
        print(meter.snapshot(pipeline.attribution().totals()));
      }
    }
    return 0;
  }

  /** No new owners are found while a file is read, so no packet waits for one. */
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

  /** Prints to standard error, since a program may read the counters from standard output. */
  private void reportSpeed(long frames, long nanos) {
    spec.commandLine()
        .getErr()
        .printf(Locale.ROOT, "%s: %,d frames in %.2f s%n", file, frames, nanos / 1e9);
  }

  private SocketTable loadOwners(PacketPipeline pipeline, Settings settings) throws IOException {
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
      // Not closed: the table reads from its memory until the end.
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
      throw new IOException("cannot write all counters to standard output");
    }
  }
}
