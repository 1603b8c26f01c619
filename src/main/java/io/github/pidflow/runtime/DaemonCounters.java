package io.github.pidflow.runtime;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The values of all {@link DaemonCounter}s; for any thread. Values are a cache line apart, so that
 * threads that count different things do not slow each other down.
 */
public final class DaemonCounters {
  private static final int LONGS_PER_CACHE_LINE = 8;

  private final AtomicLongArray values =
      new AtomicLongArray(DaemonCounter.values().length * LONGS_PER_CACHE_LINE);

  private final DaemonDistributions distributions = new DaemonDistributions();

  public void increment(DaemonCounter counter) {
    add(counter, 1);
  }

  public void add(DaemonCounter counter, long amount) {
    values.getAndAdd(counter.ordinal() * LONGS_PER_CACHE_LINE, amount);
  }

  public long value(DaemonCounter counter) {
    return values.get(counter.ordinal() * LONGS_PER_CACHE_LINE);
  }

  /** The distributions that the daemon measures in addition to its counters. */
  public DaemonDistributions distributions() {
    return distributions;
  }
}
