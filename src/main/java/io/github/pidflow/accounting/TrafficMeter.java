package io.github.pidflow.accounting;

import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.attribution.ParkedFlows;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Where every captured byte is counted, exactly once on each side of the law: captured = attributed
 * + unattributed + parked + forwarded. For one thread, the one that reads packets; others see
 * {@link TrafficSnapshot}s.
 */
public final class TrafficMeter {
  private static final int REASONS = UnattributedReason.values().length;

  private final Groups groups;
  private final ProcessRows processes;
  private final ParkedFlows parked;
  private final long[] unattributedRx = new long[REASONS];
  private final long[] unattributedTx = new long[REASONS];
  private long captured;
  private long forwarded;

  public TrafficMeter(AccountingSettings settings, DaemonCounters counters) {
    groups = new Groups(settings, counters);
    processes = new ProcessRows(settings, groups, counters);
    parked = new ParkedFlows(settings);
  }

  /** Goes on by other settings, but for the number of flows that may wait, which is fixed. */
  public void use(AccountingSettings settings) {
    groups.use(settings);
    processes.use(settings);
    parked.use(settings);
  }

  public void forwarded(Segment segment) {
    captured += segment.countedBytes();
    forwarded += segment.countedBytes();
  }

  public void attributed(Segment segment, ProcessInfo process, long nowNanos) {
    captured += segment.countedBytes();
    credit(process, segment.direction(), segment.countedBytes(), segment.weight(), nowNanos);
  }

  public void unattributed(Segment segment, UnattributedReason reason) {
    captured += segment.countedBytes();
    discredit(reason, segment.direction(), segment.countedBytes());
  }

  /** Lets a segment wait for its owner, if there is room; then it is counted as captured. */
  public ParkedFlows.Outcome park(Segment segment, long nowNanos) {
    ParkedFlows.Outcome outcome = parked.add(segment, nowNanos);
    if (outcome != ParkedFlows.Outcome.FULL) {
      captured += segment.countedBytes();
    }
    return outcome;
  }

  /** What waits. Its settled bytes come back through {@link #credit} and {@link #discredit}. */
  public ParkedFlows parked() {
    return parked;
  }

  @SuppressWarnings("ReferenceEquality") // once a packet, and there is one such object
  public void credit(
      ProcessInfo process, Direction direction, long bytes, long packets, long nowNanos) {
    if (process == ProcessInfo.PASSING) {
      forwarded += bytes;
      return;
    }
    processes.add(process, direction, bytes, packets, nowNanos);
  }

  public void discredit(UnattributedReason reason, Direction direction, long bytes) {
    long[] unattributed = direction == Direction.TX ? unattributedTx : unattributedRx;
    unattributed[reason.ordinal()] += bytes;
  }

  /** Says which processes own sockets and live. */
  public void live(Collection<ProcessInfo> live, long nowNanos) {
    processes.live(live, nowNanos);
  }

  /** The counters for a scrape: an ended process leaves once scrapes have seen its last bytes. */
  public TrafficSnapshot snapshot(long nowNanos) {
    return snapshot(processes.read(nowNanos));
  }

  /** The counters for whoever is no scrape, which leaves everything as it is. */
  public TrafficSnapshot look() {
    return snapshot(processes.look());
  }

  private TrafficSnapshot snapshot(List<ProcessTraffic> processTraffic) {
    List<UnattributedTraffic> unattributed = new ArrayList<>(REASONS);
    for (UnattributedReason reason : UnattributedReason.values()) {
      int i = reason.ordinal();
      unattributed.add(new UnattributedTraffic(reason, unattributedRx[i], unattributedTx[i]));
    }
    return new TrafficSnapshot(
        processTraffic,
        groups.snapshot(),
        unattributed,
        forwarded,
        captured,
        parked.bytes(),
        parked.count());
  }
}
