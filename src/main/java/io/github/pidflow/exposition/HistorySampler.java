package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.runtime.DistinctErrors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Fills the history: once a second while somebody asks for rates, and every 15 s while nobody does,
 * so that the first to ask has rates at once.
 */
final class HistorySampler implements AutoCloseable {
  private static final long WATCHED_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long UNWATCHED_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long ATTENTION_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** A little less than a second, or every second tick would come too early. */
  private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final TrafficHistory history = new TrafficHistory();
  private final Supplier<TrafficSnapshot> traffic;
  private final DistinctErrors errors;
  private final LongSupplier clock;
  private final long madeNanos;
  private final ScheduledThreadPoolExecutor thread;
  private ScheduledFuture<?> ticks;
  private ScheduledFuture<?> watchedTicks;
  private volatile long watchedUntilNanos = Long.MIN_VALUE;

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
  TrafficHistory watch() {
    long now = nanos();
    watchedUntilNanos = now + ATTENTION_NANOS;
    sampleIfOlderThan(WATCHED_NANOS);
    tickEverySecond();
    return history;
  }

  private synchronized void tickEverySecond() {
    if (ticks != null && watchedTicks == null) {
      watchedTicks =
          thread.scheduleWithFixedDelay(
              this::tick, WATCHED_NANOS, WATCHED_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private synchronized void tickSeldom() {
    if (watchedTicks != null && nanos() >= watchedUntilNanos) {
      watchedTicks.cancel(false);
      watchedTicks = null;
    }
  }

  void tick() {
    try {
      boolean watched = nanos() < watchedUntilNanos;
      if (!watched) {
        tickSeldom();
      }
      sampleIfOlderThan((watched ? WATCHED_NANOS : UNWATCHED_NANOS) - SLACK_NANOS);
    } catch (RuntimeException e) {
      // Interrupted is who waits for a sample while the daemon stops.
      if (!Thread.currentThread().isInterrupted()) {
        errors.record("history", e);
      }
    }
  }

  /** One at a time: an older snapshot that came later would look like counters that fell. */
  private synchronized void sampleIfOlderThan(long nanos) {
    if (history.isEmpty() || nanos() - history.latestNanos() >= nanos) {
      TrafficSnapshot snapshot = traffic.get();
      history.add(snapshot, nanos());
    }
  }

  private long nanos() {
    return clock.getAsLong() - madeNanos;
  }

  /** Waits for nobody, not even for a sample that is being taken. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
