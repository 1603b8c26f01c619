package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;

/**
 * When to scan: after the busy interval while there is work that only a scan can do, and otherwise
 * at intervals that double up to the quiet interval. Once per quiet interval, or per twenty of them
 * where the kernel tells which fd tables changed, a scan also walks all fd tables.
 */
final class ScanSchedule {
  /** Well below the time for which a flow is parked. */
  private static final long FULL_WALK_NANOS = 3_000_000_000L;

  private static final int REDUCED = 20;

  private long busyNanos;
  private long quietNanos;
  private long intervalNanos;
  private long lastNanos;
  private long nextNanos;

  private long nextFullWalkNanos;
  private int quietIntervalsPerWalk = 1;
  private boolean leftover;

  ScanSchedule(OwnershipSettings settings, long nowNanos) {
    busyNanos = settings.scanIntervalBusy().toNanos();
    quietNanos = settings.scanIntervalQuiet().toNanos();
    intervalNanos = busyNanos;
    nextNanos = nowNanos;
    nextFullWalkNanos = nowNanos;
  }

  /** Makes full walks rare, since the fd tables that changed are known. */
  void reduceFullWalks() {
    quietIntervalsPerWalk = REDUCED;
  }

  /** Changes the intervals, and brings forward what was planned for later than they allow. */
  void apply(OwnershipSettings settings, long nowNanos) {
    busyNanos = settings.scanIntervalBusy().toNanos();
    quietNanos = settings.scanIntervalQuiet().toNanos();
    intervalNanos = Math.max(busyNanos, Math.min(intervalNanos, quietNanos));
    nextNanos = earlier(nextNanos, nowNanos + intervalNanos);
    nextFullWalkNanos = earlier(nextFullWalkNanos, nowNanos + walkNanos());
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  boolean isDue(long nowNanos) {
    return nowNanos - nextNanos >= 0;
  }

  /** The time until a scan is due. */
  long idleNanos(long nowNanos) {
    return Math.max(0, nextNanos - nowNanos);
  }

  /** Whether the scan that starts now must walk all fd tables; if so, plans the next such scan. */
  boolean startsFullWalk(long nowNanos) {
    boolean due = nowNanos - nextFullWalkNanos >= 0;
    if (due) {
      nextFullWalkNanos = nowNanos + walkNanos();
    }
    return due;
  }

  private long walkNanos() {
    return quietNanos * quietIntervalsPerWalk;
  }

  /**
   * Requests a full walk before parked flows are given up: a lost connection may be attributed to
   * its listener, if the walk shows that no other process holds the listener.
   */
  void requestFullWalk(long nowNanos) {
    long soon = nowNanos + FULL_WALK_NANOS;
    if (soon - nextFullWalkNanos < 0) {
      nextFullWalkNanos = soon;
    }
    noteLeftover();
  }

  /** Notes that there is work for the next scan, and brings it forward. */
  void noteLeftover() {
    leftover = true;
    bringForward();
  }

  /** Brings the next scan forward without slowing the ones after it. */
  void bringForward() {
    long soonest = lastNanos + busyNanos;
    if (soonest - nextNanos < 0) {
      nextNanos = soonest;
    }
  }

  /** Plans the next scan when one has ended. */
  void scanned(long nowNanos) {
    intervalNanos = leftover ? busyNanos : Math.min(intervalNanos * 2, quietNanos);
    leftover = false;
    lastNanos = nowNanos;
    nextNanos = nowNanos + intervalNanos;
  }
}
