package io.github.pidflow.runtime;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/** The values of all {@link DaemonDistribution}s; for any thread. */
public final class DaemonDistributions {
  private final Map<DaemonDistribution, Values> values = new EnumMap<>(DaemonDistribution.class);

  private record Values(AtomicLongArray counts, DoubleAdder sum) {}

  public DaemonDistributions() {
    for (DaemonDistribution each : DaemonDistribution.values()) {
      values.put(each, new Values(new AtomicLongArray(each.buckets()), new DoubleAdder()));
    }
  }

  public void observe(DaemonDistribution distribution, double value) {
    Values entry = values.get(distribution);
    entry.counts.getAndIncrement(distribution.bucketOf(value));
    entry.sum.add(value);
  }

  /** The number of values in a bucket, not cumulative. */
  public long count(DaemonDistribution distribution, int bucket) {
    return values.get(distribution).counts.get(bucket);
  }

  public double sum(DaemonDistribution distribution) {
    return values.get(distribution).sum.sum();
  }
}
