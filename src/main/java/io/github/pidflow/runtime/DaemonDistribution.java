package io.github.pidflow.runtime;

/**
 * What the daemon measures about itself at each block of packets. Each is a histogram {@code
 * pidflow_<name>}.
 */
public enum DaemonDistribution {
  CAPTURE_LAG(
      "capture_lag_seconds",
      "Age of the oldest packet in a block of the ring when the block is read.",
      0.005,
      0.01,
      0.025,
      0.05,
      0.1,
      0.25,
      0.5,
      1,
      2.5),
  CAPTURE_BLOCK_PACKETS(
      "capture_block_packets",
      "Packets in a block of the ring when the block is read.",
      1,
      10,
      100,
      1000,
      10_000),
  CAPTURE_RING_FILL(
      "capture_ring_fill_ratio",
      "Share of the ring that is waiting to be read when a block is read; the kernel drops packets"
          + " at 1.",
      0.125,
      0.25,
      0.5,
      0.75,
      0.875);

  private final String metric;
  private final String help;

  @SuppressWarnings("ImmutableEnumChecker") // never modified, never exposed
  private final double[] bounds;

  DaemonDistribution(String metric, String help, double... bounds) {
    this.metric = metric;
    this.help = help;
    this.bounds = bounds;
  }

  /** Metric name without the {@code pidflow_} prefix. */
  public String metric() {
    return metric;
  }

  public String help() {
    return help;
  }

  /** The number of buckets, including the last one, which has no upper bound. */
  public int buckets() {
    return bounds.length + 1;
  }

  /** A bucket's upper bound, inclusive. */
  public double bound(int bucket) {
    return bucket < bounds.length ? bounds[bucket] : Double.POSITIVE_INFINITY;
  }

  int bucketOf(double value) {
    int bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) {
      bucket++;
    }
    return bucket;
  }
}
