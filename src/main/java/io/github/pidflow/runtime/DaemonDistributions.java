package io.github.pidflow.runtime;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/** The values of every {@link DaemonDistribution}. Readable and writable from any thread. */
public final class DaemonDistributions {
  private final Map<DaemonDistribution, Values> values = new EnumMap<>(DaemonDistribution.class);

  private record Values(AtomicLongArray counts, DoubleAdder sum) {}

  public DaemonDistributions() {
    for (DaemonDistribution each : DaemonDistribution.values()) {
      values.put(each, new Values(new AtomicLongArray(each.buckets()), new DoubleAdder()));
    }
  }

  public void observe(DaemonDistribution distribution, double value) {
    Values of = values.get(distribution);
    of.counts.getAndIncrement(distribution.bucketOf(value));
    of.sum.add(value);
  }

  /** How many values fell into a bucket and into no lower one. */
  public long count(DaemonDistribution distribution, int bucket) {
    return values.get(distribution).counts.get(bucket);
  }

  public double sum(DaemonDistribution distribution) {
    return values.get(distribution).sum.sum();
  }
}
