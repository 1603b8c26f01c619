package io.github.pidflow.runtime;

/**
 * Converts the time stamps of packets, which are wall-clock times, to a clock that nobody sets. The
 * two differ by how far the wall clock has been set since the start: by nothing, until {@link
 * #advance} reports otherwise. A packet may have been stamped before the clock was set and be read
 * after. For one thread.
 */
public final class PacketClock {
  private static final long OLDEST_NANOS = 60_000_000_000L;
  private static final long SECOND_NANOS = 1_000_000_000;

  /** The wall clock and the other are not read at the same moment. */
  private static final long NOISE_NANOS = 1_000_000;

  private long stepNanos;
  private long lastStepNanos;
  private long nowNanos;

  /**
   * Sets the time.
   *
   * @param newStepNanos how far the wall clock is ahead
   * @param steadyNanos the time of the clock that nobody sets
   */
  public void advance(long newStepNanos, long steadyNanos) {
    nowNanos = steadyNanos;
    if (Math.abs(newStepNanos - stepNanos) > NOISE_NANOS) {
      lastStepNanos = stepNanos;
      stepNanos = newStepNanos;
    }
  }

  /** The time of a packet on the clock that nobody sets. */
  public long steady(long wallNanos) {
    long steady = wallNanos - stepNanos;
    if (stepNanos == lastStepNanos || isRecent(steady)) {
      return steady;
    }
    long before = wallNanos - lastStepNanos;
    return isRecent(before) ? before : nowNanos;
  }

  private boolean isRecent(long steadyNanos) {
    return steadyNanos > nowNanos - OLDEST_NANOS && steadyNanos < nowNanos + SECOND_NANOS;
  }
}
