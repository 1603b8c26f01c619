package io.github.pidflow.host;

import java.util.concurrent.TimeUnit;

/**
 * When to scan all processes for their network namespaces. Scans are frequent without kernel
 * events; with them they are rare, and brought forward when a namespace may have become empty.
 * Either way scans take no more than a fixed share of the time.
 */
final class ScanSchedule {
  private static final long MIN_INTERVAL_NANOS = 200_000_000;
  private static final long MIN_INTERVAL_WITH_EVENTS_NANOS = 1_000_000_000;
  private static final long INTERVAL_WITH_EVENTS_NANOS = 15_000_000_000L;

  /** Scans may take one part in this many of the time. */
  private static final int SHARE = 50;

  /** Even if scans are so slow that they exceed their share. */
  private static final long MAX_MIN_INTERVAL_NANOS = 3_000_000_000L;

  private boolean hasEvents;
  private long earliestNanos;
  private long nextNanos;

  ScanSchedule(long nowNanos) {
    earliestNanos = nowNanos;
    nextNanos = nowNanos;
  }

  /** Relies on kernel events, from the next scan on, to notice new and ending processes. */
  void relyOnEvents() {
    hasEvents = true;
  }

  boolean isDue(long nowNanos) {
    return nowNanos - nextNanos >= 0;
  }

  int waitMillis(long nowNanos) {
    return (int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(nextNanos - nowNanos) + 1);
  }

  /** Brings the next scan forward as far as the share of time allows. */
  void bringForward() {
    if (earliestNanos - nextNanos < 0) {
      nextNanos = earliestNanos;
    }
  }

  /** Plans the next scan, after one that took {@code costNanos}. */
  void scanned(long nowNanos, long costNanos) {
    long minInterval = hasEvents ? MIN_INTERVAL_WITH_EVENTS_NANOS : MIN_INTERVAL_NANOS;
    earliestNanos =
        nowNanos + Math.min(Math.max(minInterval, costNanos * SHARE), MAX_MIN_INTERVAL_NANOS);
    nextNanos = hasEvents ? nowNanos + INTERVAL_WITH_EVENTS_NANOS : earliestNanos;
  }
}
