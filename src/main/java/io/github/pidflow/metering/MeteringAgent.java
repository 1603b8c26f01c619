package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.host.HostNetworkAgent;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.ownership.SocketTable;
import io.github.pidflow.recording.Recorder;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads packets and counts them: the only thread that touches the capture source and the meter.
 * Between batches it takes over a new socket table or network, settles what is parked, and answers
 * scrapes.
 */
public final class MeteringAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(MeteringAgent.class);

  private static final int BATCH = 1024;

  /** As long as nothing but a packet is waited for, and while flows wait for their owners. */
  private static final int IDLE_MILLIS = 1000;

  private static final int PARKED_MILLIS = 100;
  private static final long SETTLE_NANOS = 20_000_000;
  private static final long STATISTICS_NANOS = 1_000_000_000;

  private final NamespaceCaptures captures;
  private final HostNetworkAgent host;
  private final OwnershipAgent ownership;
  private final TrafficMeter meter;
  private final SnapshotDesk scrapes;
  private final SnapshotDesk looks;
  private final PacketPipeline pipeline;
  private final Attribution attribution;
  private final DropWatch drops = new DropWatch();
  private final Sampling sampling;
  private final Recordings recordings;
  private final Recorder recorder;
  private volatile AccountingSettings latestAccounting;
  private AccountingSettings accounting;
  private List<Namespace> namespaces = List.of();
  private SocketTable table = SocketTable.EMPTY;
  private long nextSettleNanos = System.nanoTime();
  private long nextStatisticsNanos = System.nanoTime();
  private boolean recording;
  private long lastDropped;
  private volatile List<CaptureStatistics> statistics = List.of();

  public MeteringAgent(
      NamespaceCaptures captures,
      HostNetworkAgent host,
      OwnershipAgent ownership,
      AccountingSettings settings,
      TrafficMeter meter,
      SnapshotDesk scrapes,
      SnapshotDesk looks,
      Sampling sampling,
      Recordings recordings,
      DaemonCounters counters) {
    this.captures = captures;
    this.host = host;
    this.ownership = ownership;
    this.meter = meter;
    this.scrapes = scrapes;
    this.looks = looks;
    this.sampling = sampling;
    this.recordings = recordings;
    pipeline = new PacketPipeline(settings, meter, ownership.misses()::offer, counters);
    attribution = pipeline.attribution();
    recorder = new Recorder(recordings, pipeline::interfaceName);
  }

  public List<CaptureStatistics> statistics() {
    return statistics;
  }

  /** Packets the kernel dropped, of all captures since the start. */
  public long kernelDrops() {
    return statistics.stream().mapToLong(CaptureStatistics::drops).sum();
  }

  /** Counts by other settings from its next turn on; for any thread. */
  public void use(AccountingSettings settings) {
    latestAccounting = settings;
  }

  @Override
  public void onStart() throws IOException {
    captures.pin();
    takeOver(System.nanoTime());
    sampling.start(captures.group(), System.nanoTime());
  }

  @Override
  public int doWork() throws IOException {
    attribution.advanceTo(System.nanoTime());
    captures.poll(pipeline, BATCH, attribution.parkedFlows() == 0 ? IDLE_MILLIS : PARKED_MILLIS);
    long now = System.nanoTime();
    takeOver(now);
    lookAtRecordings(now);
    if (now - nextSettleNanos >= 0) {
      nextSettleNanos = now + SETTLE_NANOS;
      attribution.settle();
    }
    pipeline.publishCounters();
    if (now - nextStatisticsNanos >= 0) {
      nextStatisticsNanos = now + STATISTICS_NANOS;
      readStatistics(now);
    }
    scrapes.answer(() -> meter.scrape(attribution.totals(), now));
    looks.answer(() -> meter.snapshot(attribution.totals()));
    // Waiting for packets, in poll, is this agent's idling.
    return 1;
  }

  private void takeOver(long now) throws IOException {
    attribution.advanceTo(now);
    AccountingSettings settings = latestAccounting;
    if (!Objects.equals(settings, accounting)) {
      meter.apply(settings);
      attribution.apply(settings);
      accounting = settings;
    }
    List<Namespace> latestNamespaces = host.namespaces();
    if (latestNamespaces != namespaces) {
      captures.use(latestNamespaces, pipeline);
      namespaces = latestNamespaces;
    }
    SocketTable latestTable = ownership.table();
    if (latestTable != table) {
      attribution.replaceTable(latestTable);
      if (latestTable.processes() != table.processes()) {
        meter.retainLive(latestTable.processes(), now);
      }
      attribution.settle();
      table = latestTable;
    }
  }

  private void lookAtRecordings(long now) throws IOException {
    if (!recording && recordings.isIdle()) {
      return;
    }
    recorder.update(now);
    captures.group().copyAtLeast(recorder.snapLength());
    recorder.beginRecordings(BootClock.epochNanos());
    recording = recorder.isActive();
    pipeline.record(recording ? recorder : null);
  }

  private void readStatistics(long now) throws IOException {
    statistics = captures.group().statistics();
    drops.look(statistics, now);
    sampling.look(captures.group(), statistics, now);
    long dropped = kernelDrops();
    if (recording && dropped > lastDropped && recordings.isYielding()) {
      recorder.yieldToCounting();
    }
    lastDropped = dropped;
  }

  @Override
  public void wake() {
    captures.group().wake();
  }

  @Override
  public void onClose() {
    attribution.settleAll();
    pipeline.publishCounters();
    recorder.close();
    TrafficSnapshot last = meter.scrape(attribution.totals(), System.nanoTime());
    scrapes.answer(() -> last);
    looks.answer(() -> last);
    LOG.info(
        "captured {} bytes: {} forwarded, {} unattributed, the rest moved by {} groups",
        last.capturedBytes(),
        last.forwardedBytes(),
        last.unattributed().stream().mapToLong(each -> each.rxBytes() + each.txBytes()).sum(),
        last.groups().size());
  }

  @Override
  public String roleName() {
    return "metering";
  }
}
