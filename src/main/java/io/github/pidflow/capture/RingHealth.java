package io.github.pidflow.capture;

import io.github.pidflow.runtime.DaemonDistribution;
import io.github.pidflow.runtime.DaemonDistributions;

/** Measures, at each block that is opened, how far the reader lags behind the kernel. */
final class RingHealth {
  private static final int PROBES = 8;

  private final DaemonDistributions distributions;
  private final int blockSize;
  private final int blockCount;

  RingHealth(DaemonDistributions distributions, int blockSize, int blockCount) {
    this.distributions = distributions;
    this.blockSize = blockSize;
    this.blockCount = blockCount;
  }

  /**
   * Measures a block that has just been opened.
   *
   * @param index its position in the ring
   */
  void measure(TpacketBlock block, int index, long nowMillis) {
    distributions.observe(DaemonDistribution.CAPTURE_BLOCK_PACKETS, block.remaining());
    long oldestMillis = block.nextTimestampNanos() / 1_000_000;
    // Packets appear to be from the future after the clock has been set back.
    double lag = Math.max(0, nowMillis - oldestMillis) / 1e3;
    distributions.observe(DaemonDistribution.CAPTURE_LAG, lag);
    distributions.observe(DaemonDistribution.CAPTURE_RING_FILL, fill(block, index));
  }

  /** Blocks are filled in order, so a few probes suffice, however long the ring is. */
  private double fill(TpacketBlock block, int index) {
    int probe = 0;
    while (probe < PROBES && isHandedOver(block, index + blocksOf(probe + 1) - 1)) {
      probe++;
    }
    return Math.max((double) probe / PROBES, 1.0 / blockCount);
  }

  /** The number of blocks in this many eighths of the ring, rounded up. */
  private int blocksOf(int eighths) {
    return (blockCount * eighths + PROBES - 1) / PROBES;
  }

  private boolean isHandedOver(TpacketBlock block, int index) {
    return block.isHandedOver(index % blockCount * blockSize);
  }
}
