package io.github.pidflow.runtime;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the daemon counts of itself: the values of every {@link DaemonCounter}. Readable and
 * writable from any thread; slots are a cache line apart, so two threads that count different
 * things do not slow each other.
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

  /** What is measured beside what is counted. */
  public DaemonDistributions distributions() {
    return distributions;
  }
}
