package io.github.pidflow.runtime;

/**
 * Counts for one thread and hands over what it has once a batch. A write that other threads see at
 * once makes the processor finish all it has begun; once a packet that costs more than to decode
 * its headers.
 */
public final class CounterBatch {
  private static final DaemonCounter[] ALL = DaemonCounter.values();

  private final DaemonCounters counters;
  private final long[] pending = new long[ALL.length];

  public CounterBatch(DaemonCounters counters) {
    this.counters = counters;
  }

  public void increment(DaemonCounter counter) {
    pending[counter.ordinal()]++;
  }

  public void add(DaemonCounter counter, long amount) {
    pending[counter.ordinal()] += amount;
  }

  /** Hands over what was counted since the last time. */
  public void publish() {
    for (DaemonCounter each : ALL) {
      long amount = pending[each.ordinal()];
      if (amount != 0) {
        pending[each.ordinal()] = 0;
        counters.add(each, amount);
      }
    }
  }
}
