package io.github.pidflow.runtime;

/**
 * What the daemon measures of itself at each block of packets rather than counts. Each is a
 * histogram {@code pidflow_<name>}.
 */
public enum DaemonDistribution {
  CAPTURE_LAG(
      "capture_lag_seconds",
      "Age of the oldest packet of a block of the ring when it is counted.",
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
      "Packets in a block of the ring when it is counted: one wake-up's worth.",
      1,
      10,
      100,
      1000,
      10_000),
  CAPTURE_RING_FILL(
      "capture_ring_fill_ratio",
      "Share of a ring that waits to be counted when a block of it is; the kernel drops at 1.",
      0.125,
      0.25,
      0.5,
      0.75,
      0.875);

  private final String metric;
  private final String help;

  @SuppressWarnings("ImmutableEnumChecker") // never written, never handed out
  private final double[] bounds;

  DaemonDistribution(String metric, String help, double... bounds) {
    this.metric = metric;
    this.help = help;
    this.bounds = bounds;
  }

  /** The metric's name, without the prefix {@code pidflow_}. */
  public String metric() {
    return metric;
  }

  public String help() {
    return help;
  }

  /** How many buckets there are, the last for whatever is above every bound. */
  public int buckets() {
    return bounds.length + 1;
  }

  /** The greatest value that counts in a bucket. */
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
