package io.github.pidflow.capture;

import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.CaptureSettings.Ring;
import java.time.Duration;

/**
 * Bounds the memory for capturing in network namespaces other than the daemon's own. Each gets a
 * fixed share of the remaining budget: the first few namespaces, which is all that most hosts have,
 * get plenty, and hundreds still fit. Released shares return to the budget.
 */
public final class RingBudget {
  /** With the default 16 MiB of the daemon's own ring, 200 namespaces stay below 128 MiB. */
  public static final long DEFAULT_BYTES = 88L << 20;

  private static final int SHARE = 24;
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int MIN_BLOCKS = 2;
  private static final int MAX_BLOCKS = 64;

  /** Longer than the default, since each ring's timer fires even if there is no traffic. */
  private static final Duration RETIRE_TIMEOUT = Duration.ofMillis(40);

  private long remainingBytes;

  public RingBudget(long bytes) {
    remainingBytes = bytes;
  }

  /**
   * Allocates a share of the budget; when it is used up, the smallest possible one.
   *
   * @return the settings with that share as the size of the ring, or of libpcap's buffer
   */
  public synchronized CaptureSettings allocate(CaptureSettings settings) {
    long blocks = remainingBytes / SHARE / BLOCK_BYTES;
    int count = (int) Math.max(MIN_BLOCKS, Math.min(blocks, MAX_BLOCKS));
    remainingBytes -= (long) count * BLOCK_BYTES;
    return settings.withRing(new Ring(BLOCK_BYTES, count, RETIRE_TIMEOUT, 1));
  }

  /** Returns a share to the budget. */
  public synchronized void release(CaptureSettings allocated) {
    remainingBytes += (long) allocated.ring().blockCount() * allocated.ring().blockSizeBytes();
  }
}
