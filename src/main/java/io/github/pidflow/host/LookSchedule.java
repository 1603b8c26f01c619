package io.github.pidflow.host;

import java.util.concurrent.TimeUnit;

/**
 * When to look at every process for its network namespace: seldom where the kernel tells who comes
 * and goes, soon once somebody has gone, and never more than a share of the time.
 */
final class LookSchedule {
  private static final long TOLD_NANOS = 15_000_000_000L;
  private static final long TOLD_SOONEST_NANOS = 1_000_000_000;
  private static final long UNTOLD_NANOS = 200_000_000;

  /** Looks may take one part in this many of the time. */
  private static final int SHARE = 50;

  private static final long LONGEST_SOONEST_NANOS = 3_000_000_000L;

  private boolean told;
  private long earliestNanos;
  private long nextNanos;

  LookSchedule(long nowNanos) {
    earliestNanos = nowNanos;
    nextNanos = nowNanos;
  }

  /** From now on the kernel tells who enters a namespace and who ends. */
  void told() {
    told = true;
  }

  boolean isDue(long nowNanos) {
    return nowNanos - nextNanos >= 0;
  }

  int waitMillis(long nowNanos) {
    return (int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(nextNanos - nowNanos) + 1);
  }

  /** Brings the next look forward as far as their share of the time allows. */
  void soon() {
    if (earliestNanos - nextNanos < 0) {
      nextNanos = earliestNanos;
    }
  }

  /** Plans the next look after one. */
  void looked(long nowNanos, long costNanos) {
    long soonest = told ? TOLD_SOONEST_NANOS : UNTOLD_NANOS;
    earliestNanos =
        nowNanos + Math.min(Math.max(soonest, costNanos * SHARE), LONGEST_SOONEST_NANOS);
    nextNanos = told ? nowNanos + TOLD_NANOS : earliestNanos;
  }
}
