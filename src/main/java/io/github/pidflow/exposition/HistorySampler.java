package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.runtime.DistinctErrors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Samples the counters into the history: every second while clients ask for rates, and every 15 s
 * otherwise, so that the first client gets rates at once.
 */
final class HistorySampler implements AutoCloseable {
  private static final long WATCHED_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long UNWATCHED_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long ATTENTION_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** Ticks may come a little early; without the slack every other one would be skipped. */
  private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final TrafficHistory history = new TrafficHistory();
  private final Supplier<TrafficSnapshot> traffic;
  private final DistinctErrors errors;
  private final LongSupplier clock;
  private final long madeNanos;
  private final ScheduledThreadPoolExecutor thread;
  private ScheduledFuture<?> ticks;
  private ScheduledFuture<?> watchedTicks;
  private long watchedUntilNanos = Long.MIN_VALUE;

  HistorySampler(Supplier<TrafficSnapshot> traffic, DistinctErrors errors, LongSupplier clock) {
    this.traffic = traffic;
    this.errors = errors;
    this.clock = clock;
    madeNanos = clock.getAsLong();
    thread = new ScheduledThreadPoolExecutor(1, new DaemonThreads("http-history"));
  }

  synchronized void start() {
    ticks =
        thread.scheduleWithFixedDelay(
            this::tick, WATCHED_NANOS, UNWATCHED_NANOS, TimeUnit.NANOSECONDS);
  }

  /**
   * The history, with a sample no older than a second.
   *
   * @throws IllegalStateException if the counters cannot be read
   */
  synchronized TrafficHistory watch() {
    watchedUntilNanos = nanos() + ATTENTION_NANOS;
    sampleIfOlderThan(WATCHED_NANOS);
    if (ticks != null && watchedTicks == null) {
      watchedTicks =
          thread.scheduleWithFixedDelay(
              this::tick, WATCHED_NANOS, WATCHED_NANOS, TimeUnit.NANOSECONDS);
    }
    return history;
  }

  void tick() {
    try {
      sampleIfDue();
    } catch (RuntimeException e) {
      // While the daemon stops, the wait for a sample is interrupted.
      if (!Thread.currentThread().isInterrupted()) {
        errors.record("history", e);
      }
    }
  }

  private synchronized void sampleIfDue() {
    boolean watched = nanos() < watchedUntilNanos;
    if (!watched && watchedTicks != null) {
      watchedTicks.cancel(false);
      watchedTicks = null;
    }
    sampleIfOlderThan((watched ? WATCHED_NANOS : UNWATCHED_NANOS) - SLACK_NANOS);
  }

  /** The caller holds the lock: snapshots added out of order would look like falling counters. */
  private void sampleIfOlderThan(long nanos) {
    if (history.isEmpty() || nanos() - history.latestNanos() >= nanos) {
      TrafficSnapshot snapshot = traffic.get();
      history.add(snapshot, nanos());
    }
  }

  private long nanos() {
    return clock.getAsLong() - madeNanos;
  }

  /** Does not wait for a sample in progress. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
