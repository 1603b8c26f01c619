package io.github.pidflow.runtime;

/**
 * Counts on behalf of one thread and publishes the sums once per batch. A write that other threads
 * see at once stalls the processor's pipeline; done for every packet, it would cost more than
 * decoding the headers.
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

  /** Adds what has been counted since the last call to the daemon's counters. */
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
