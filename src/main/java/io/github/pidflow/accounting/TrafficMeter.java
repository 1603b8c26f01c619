package io.github.pidflow.accounting;

import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.attribution.AttributionSink;
import io.github.pidflow.attribution.AttributionTotals;
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
 * Counts the bytes and packets of every verdict exactly once: per process, per group, per reason,
 * or as forwarded. Used by one thread, the one that reads packets; others see {@link
 * TrafficSnapshot}s.
 */
public final class TrafficMeter implements AttributionSink {
  private static final int REASONS = UnattributedReason.values().length;

  private final Groups groups;
  private final ProcessRows processes;
  private final long[] unattributedRx = new long[REASONS];
  private final long[] unattributedTx = new long[REASONS];
  private long forwarded;

  public TrafficMeter(AccountingSettings settings, DaemonCounters counters) {
    groups = new Groups(settings, counters);
    processes = new ProcessRows(settings, groups, counters);
  }

  /** Counts by other settings from now on. */
  public void apply(AccountingSettings settings) {
    groups.apply(settings);
    processes.apply(settings);
  }

  @Override
  public void attributed(Segment segment, ProcessInfo process, long nowNanos) {
    processes.add(
        process, segment.direction(), segment.countedBytes(), segment.packets(), nowNanos);
  }

  @Override
  public void unattributed(Segment segment, UnattributedReason reason) {
    long[] unattributed = segment.direction() == Direction.TX ? unattributedTx : unattributedRx;
    unattributed[reason.ordinal()] += segment.countedBytes();
  }

  @Override
  public void forwarded(Segment segment) {
    forwarded += segment.countedBytes();
  }

  /** Sets which processes own sockets and live. */
  public void retainLive(Collection<ProcessInfo> live, long nowNanos) {
    processes.retainLive(live, nowNanos);
  }

  /** The counters for a scrape: an ended process leaves once scrapes have seen its last bytes. */
  public TrafficSnapshot scrape(AttributionTotals totals, long nowNanos) {
    return snapshot(totals, processes.scrape(nowNanos));
  }

  /** The counters for any other reader. It changes nothing. */
  public TrafficSnapshot snapshot(AttributionTotals totals) {
    return snapshot(totals, processes.snapshot());
  }

  private TrafficSnapshot snapshot(AttributionTotals totals, List<ProcessTraffic> processTraffic) {
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
        totals.capturedBytes(),
        totals.parkedBytes(),
        totals.parkedFlows());
  }
}
