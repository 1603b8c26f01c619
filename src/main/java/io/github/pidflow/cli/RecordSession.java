package io.github.pidflow.cli;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.SamplingSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.Settings.Namespaces;
import io.github.pidflow.host.HostNetworkAgent;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.metering.MeteringAgent;
import io.github.pidflow.metering.NamespaceCaptures;
import io.github.pidflow.metering.Sampling;
import io.github.pidflow.metering.SnapshotDesk;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.AgentRunner;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;

/** What of the daemon a recording in the foreground needs: all but HTTP, and no sampling. */
public final class RecordSession implements AutoCloseable {
  private static final Duration SCAN = Duration.ofSeconds(30);
  private static final int RING_BYTES = 64 << 20;
  private static final int SCAN_POLL_MILLIS = 10;

  private final DaemonCounters counters = new DaemonCounters();
  private final CompletableFuture<Throwable> death = new CompletableFuture<>();
  private final DistinctErrors errors = new DistinctErrors(counters);
  private final OwnershipAgent ownership;
  private final NamespaceCaptures captures;
  private final HostNetworkAgent host;
  private final MeteringAgent metering;
  private final Recordings recordings;
  private final AgentRunner hostRunner;
  private final AgentRunner ownershipRunner;
  private final AgentRunner meteringRunner;

  /**
   * @param snapLength how much of a packet is wanted
   */
  RecordSession(Settings settings, int snapLength) throws IOException {
    Path procRoot = settings.ownership().procRoot();
    captures = new NamespaceCaptures(wide(settings.capture(), snapLength), counters);
    host =
        new HostNetworkAgent(
            settings.namespaces() == Namespaces.ALL, procRoot, captures, this::wakeAll, counters);
    ownership = new OwnershipAgent(settings.ownership(), counters, this::namespaces);
    recordings =
        new Recordings(
            "pidflow " + BuildInfo.read(),
            settings.recordings().keepFreeBytes(),
            1,
            false,
            lives(procRoot),
            this::kernelDrops,
            captures.group()::wake,
            counters);
    metering =
        new MeteringAgent(
            captures,
            host,
            ownership,
            settings.accounting(),
            new TrafficMeter(settings.accounting(), counters),
            new SnapshotDesk(SCAN, this::wakeMetering),
            new SnapshotDesk(SCAN, this::wakeMetering),
            new Sampling(new SamplingSettings(OptionalInt.of(1), 1)),
            recordings,
            counters);
    hostRunner = runner(host);
    ownershipRunner = runner(ownership);
    meteringRunner = runner(metering);
  }

  /**
   * Whether there is a process of a pid. By stat(2): access(2), as of {@code Files.exists}, goes
   * without the capabilities that let a daemon see others' processes in a /proc that hides them.
   */
  public static IntPredicate lives(Path procRoot) {
    return pid -> Files.isDirectory(procRoot.resolve(Integer.toString(pid)));
  }

  /** Whole packets take more room than their headers. */
  private static CaptureSettings wide(CaptureSettings settings, int snapLength) {
    CaptureSettings.Ring ring = settings.ring();
    int blocks = Math.max(ring.blockCount(), RING_BYTES / ring.blockSizeBytes());
    return settings
        .cutAt(Math.max(settings.snapLength(), snapLength))
        .sized(
            new CaptureSettings.Ring(
                ring.blockSizeBytes(), blocks, ring.retireTimeout(), ring.fanout()));
  }

  private AgentRunner runner(Agent agent) {
    return new AgentRunner(agent, errors, death::complete);
  }

  private void wakeMetering() {
    if (meteringRunner != null) {
      meteringRunner.wake();
    }
  }

  /** Has those who wait without end take over what is new. */
  private void wakeAll() {
    if (ownershipRunner != null) {
      ownershipRunner.wake();
    }
    wakeMetering();
  }

  private List<Namespace> namespaces() {
    return host.namespaces();
  }

  private long kernelDrops() {
    return metering.kernelDrops();
  }

  /** Captures from now on, and returns once the sockets there are have their owners. */
  void start() throws Exception {
    hostRunner.start();
    ownershipRunner.start();
    meteringRunner.start();
    long deadline = System.nanoTime() + SCAN.toNanos();
    while (!ownership.hasScanned() && System.nanoTime() - deadline < 0 && !death.isDone()) {
      Thread.sleep(SCAN_POLL_MILLIS);
    }
    if (death.isDone()) {
      throw new IOException("stopped, since a part of it ended: " + death.join());
    }
  }

  Recordings recordings() {
    return recordings;
  }

  @Override
  public void close() {
    recordings.close();
    meteringRunner.close();
    ownershipRunner.close();
    hostRunner.close();
    captures.close();
  }
}
