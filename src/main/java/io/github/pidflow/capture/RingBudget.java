package io.github.pidflow.capture;

import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.CaptureSettings.Ring;
import java.time.Duration;

/**
 * How much memory the captures of other network namespaces than the daemon's own take. Each gets a
 * share of what is left of a common budget, so the first few, all there are on most hosts, get
 * plenty, and hundreds still fit; what one gives back, the next can have.
 */
public final class RingBudget {
  /** With the default 16 MiB of the daemon's own ring, 200 namespaces stay below 128 MiB. */
  public static final long DEFAULT_BYTES = 88L << 20;

  private static final int SHARE = 24;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int MIN_BLOCKS = 2;
  private static final int MAX_BLOCKS = 64;

  /** Longer than the default: every ring has a timer that fires whether there is traffic or not. */
  private static final Duration RETIRE_TIMEOUT = Duration.ofMillis(40);

  private long leftBytes;

  public RingBudget(long bytes) {
    leftBytes = bytes;
  }

  /**
   * Takes a share out of the budget; the smallest is given also when nothing is left.
   *
   * @return the settings with that share for the ring, or for libpcap's buffer
   */
  public synchronized CaptureSettings take(CaptureSettings settings) {
    long blocks = leftBytes / SHARE / BLOCK_BYTES;
    int count = (int) Math.max(MIN_BLOCKS, Math.min(blocks, MAX_BLOCKS));
    leftBytes -= (long) count * BLOCK_BYTES;
    return settings.withRing(new Ring(BLOCK_BYTES, count, RETIRE_TIMEOUT, 1));
  }

  /** Puts a share that is no longer needed back. */
  public synchronized void giveBack(CaptureSettings taken) {
    leftBytes += (long) taken.ring().blockCount() * taken.ring().blockSizeBytes();
  }
}
