package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.recording.Recorder;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Published;
import io.github.pidflow.sockettable.SocketTable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads packets and counts them: the only thread that touches the capture sources and the meter.
 * Between batches it follows the socket table and the networks, settles parked flows, and carries
 * out the commands of {@link MeteringProxy}.
 */
final class MeteringAgent implements Agent, MeteringCommands {
  private static final Logger LOG = LoggerFactory.getLogger(MeteringAgent.class);

  private static final int BATCH = 1024;

  /** The longest wait for a packet. */
  private static final int IDLE_MILLIS = 1000;

  /** The longest wait while flows are parked. */
  private static final int PARKED_MILLIS = 100;

  private static final long SETTLE_NANOS = 20_000_000;
  private static final long STATISTICS_NANOS = 1_000_000_000;

  private final NamespaceCaptures captures;
  private final Published.Reader<List<Namespace>> namespaces;
  private final OwnershipAgent ownership;
  private final TrafficMeter meter;
  private final PacketPipeline pipeline;
  private final Attribution attribution;
  private final Sampling sampling;
  private final Recordings recordings;
  private final Recorder recorder;
  private final Published<CaptureStatistics> statistics;
  private final CommandQueue commands;
  private final SnapshotRequests scrapes = new SnapshotRequests();
  private final SnapshotRequests snapshots = new SnapshotRequests();
  private final DropWatch drops = new DropWatch();
  private SocketTable table = SocketTable.EMPTY;
  private long nextSettleNanos = System.nanoTime();
  private long nextStatisticsNanos = System.nanoTime();
  private boolean recording;
  private long lastDropped;

  /**
   * What the agent works with.
   *
   * @param statistics where it publishes what the kernel counted
   * @param commands what it is asked to do
   */
  record Context(
      AccountingSettings accounting,
      NamespaceCaptures captures,
      Published.Reader<List<Namespace>> namespaces,
      OwnershipAgent ownership,
      Sampling sampling,
      Recordings recordings,
      Published<CaptureStatistics> statistics,
      CommandQueue commands,
      DaemonCounters counters) {}

  MeteringAgent(Context context) {
    captures = context.captures;
    namespaces = context.namespaces;
    ownership = context.ownership;
    sampling = context.sampling;
    recordings = context.recordings;
    statistics = context.statistics;
    commands = context.commands;
    meter = new TrafficMeter(context.accounting, context.counters);
    pipeline =
        new PacketPipeline(context.accounting, meter, ownership.proxy()::lookUp, context.counters);
    attribution = pipeline.attribution();
    recorder = new Recorder(recordings, pipeline::interfaceName);
  }

  @Override
  public void onScrape(CompletableFuture<TrafficSnapshot> answer) {
    scrapes.add(answer);
  }

  @Override
  public void onSnapshot(CompletableFuture<TrafficSnapshot> answer) {
    snapshots.add(answer);
  }

  @Override
  public void onApply(AccountingSettings settings) {
    meter.apply(settings);
    attribution.apply(settings);
  }

  @Override
  public void onStart() throws IOException {
    captures.pin();
    follow(System.nanoTime());
    sampling.start(captures.group(), System.nanoTime());
  }

  @Override
  public int doWork() throws IOException {
    attribution.advanceTo(System.nanoTime());
    pipeline.advanceClock();
    captures.poll(pipeline, BATCH, attribution.parkedFlows() == 0 ? IDLE_MILLIS : PARKED_MILLIS);
    long now = System.nanoTime();
    follow(now);
    updateRecordings(now);
    if (now - nextSettleNanos >= 0) {
      nextSettleNanos = now + SETTLE_NANOS;
      attribution.settle();
    }
    pipeline.publishCounters();
    if (now - nextStatisticsNanos >= 0) {
      nextStatisticsNanos = now + STATISTICS_NANOS;
      readStatistics(now);
    }
    commands.drain(Integer.MAX_VALUE);
    scrapes.answer(() -> meter.scrape(attribution.totals(), now));
    snapshots.answer(() -> meter.snapshot(attribution.totals()));
    // Waiting for packets, in poll, is this agent's idling.
    return 1;
  }

  /** Moves on to the latest networks and the latest socket table. */
  private void follow(long now) throws IOException {
    attribution.advanceTo(now);
    if (namespaces.advance()) {
      captures.follow(namespaces.current(), pipeline);
    }
    SocketTable latest = ownership.table();
    if (latest != table) {
      attribution.replaceTable(latest);
      if (latest.processes() != table.processes()) {
        meter.retainLive(latest.processes(), now);
      }
      attribution.settle();
      table = latest;
    }
  }

  private void updateRecordings(long now) throws IOException {
    if (!recording && recordings.isIdle()) {
      return;
    }
    recorder.update(now);
    captures.group().setMinSnapLength(recorder.snapLength());
    recorder.beginRecordings(BootClock.epochNanos());
    recording = recorder.isActive();
    pipeline.record(recording ? recorder : null);
  }

  private void readStatistics(long now) throws IOException {
    CaptureStatistics latest = captures.group().statistics();
    statistics.publish(latest);
    drops.update(latest, now);
    sampling.update(captures.group(), latest, now);
    long dropped = latest.drops();
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
    commands.drain(Integer.MAX_VALUE);
    scrapes.answer(() -> last);
    snapshots.answer(() -> last);
    LOG.info(
        "captured {} bytes: {} forwarded, {} unattributed, the rest attributed to {} groups",
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
