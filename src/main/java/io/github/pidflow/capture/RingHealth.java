package io.github.pidflow.capture;

import io.github.pidflow.runtime.DaemonDistribution;
import io.github.pidflow.runtime.DaemonDistributions;

/** Measures, at each block that is about to be read, how far behind the kernel the reader is. */
final class RingHealth {
  private static final int PROBES = 8;

  private final DaemonDistributions measured;
  private final int blockSize;
  private final int blockCount;

  RingHealth(DaemonDistributions measured, int blockSize, int blockCount) {
    this.measured = measured;
    this.blockSize = blockSize;
    this.blockCount = blockCount;
  }

  /**
   * Measures a block that was just opened.
   *
   * @param index its place in the ring
   */
  void measure(TpacketBlock block, int index, long nowMillis) {
    measured.observe(DaemonDistribution.CAPTURE_BLOCK_PACKETS, block.remaining());
    long oldestMillis = block.nextTimestampNanos() / 1_000_000;
    // A clock that was set back makes packets of the future.
    double lag = Math.max(0, nowMillis - oldestMillis) / 1e3;
    measured.observe(DaemonDistribution.CAPTURE_LAG, lag);
    measured.observe(DaemonDistribution.CAPTURE_RING_FILL, fill(block, index));
  }

  /** Blocks are filled in their order, so looks at some tell, and a long ring costs no more. */
  private double fill(TpacketBlock block, int index) {
    int probe = 0;
    while (probe < PROBES && isHandedOver(block, index + blocksOf(probe + 1) - 1)) {
      probe++;
    }
    return Math.max((double) probe / PROBES, 1.0 / blockCount);
  }

  /** How many blocks some eighths of the ring are, rounded up. */
  private int blocksOf(int eighths) {
    return (blockCount * eighths + PROBES - 1) / PROBES;
  }

  private boolean isHandedOver(TpacketBlock block, int index) {
    return block.isHandedOver(index % blockCount * blockSize);
  }
}
