package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;

/**
 * When to scan: soon while something is left that only a scan can find, ever more seldom while
 * nothing is. Every quiet interval, or every twentieth where the kernel tells which fd tables
 * changed, a scan reads all of them, whatever it seems to need.
 */
final class ScanSchedule {
  /** Well within the time a flow waits for its owner. */
  private static final long FULL_WALK_NANOS = 3_000_000_000L;

  private static final int SELDOM = 20;

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

  /** Has most of the scans read only the fd tables that changed. */
  void walkSeldom() {
    quietIntervalsPerWalk = SELDOM;
  }

  /** Goes on by other intervals: what was planned for later than they allow is brought forward. */
  void use(OwnershipSettings settings, long nowNanos) {
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

  /** How long it is until a scan is due. */
  long idleNanos(long nowNanos) {
    return Math.max(0, nextNanos - nowNanos);
  }

  /** Whether the scan that starts now is to read all fd tables; answered yes once an interval. */
  boolean takeFullWalk(long nowNanos) {
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
   * Notes that a connection is gone whose listener may get it: who else holds that is to be known
   * before it is given up.
   */
  void wantFullWalk(long nowNanos) {
    long soon = nowNanos + FULL_WALK_NANOS;
    if (soon - nextFullWalkNanos < 0) {
      nextFullWalkNanos = soon;
    }
    leftOver();
  }

  /** Notes that something is left for the next scan, and brings it forward. */
  void leftOver() {
    leftover = true;
    soon();
  }

  /** Brings the next scan forward, though nothing is left over. */
  void soon() {
    long soonest = lastNanos + busyNanos;
    if (soonest - nextNanos < 0) {
      nextNanos = soonest;
    }
  }

  /** Plans the next scan after one has ended. */
  void scanned(long nowNanos) {
    intervalNanos = leftover ? busyNanos : Math.min(intervalNanos * 2, quietNanos);
    leftover = false;
    lastNanos = nowNanos;
    nextNanos = nowNanos + intervalNanos;
  }
}
