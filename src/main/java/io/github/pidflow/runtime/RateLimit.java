package io.github.pidflow.runtime;

import java.util.function.LongSupplier;

/** Grants a number of permits per second; unused ones are not carried over. */
public final class RateLimit {
  private static final long SECOND_NANOS = 1_000_000_000;

  private int permitsPerSecond;
  private final LongSupplier nanoTime;
  private long secondStartNanos;
  private int taken;

  public RateLimit(int permitsPerSecond, LongSupplier nanoTime) {
    this.permitsPerSecond = permitsPerSecond;
    this.nanoTime = nanoTime;
    secondStartNanos = nanoTime.getAsLong();
  }

  public void permitsPerSecond(int permits) {
    permitsPerSecond = permits;
  }

  public boolean tryAcquire() {
    return tryAcquire(permitsPerSecond);
  }

  /** Takes a permit of those that have no better use, half of them. */
  public boolean tryAcquireSpare() {
    return tryAcquire(permitsPerSecond / 2);
  }

  private boolean tryAcquire(int most) {
    long now = nanoTime.getAsLong();
    if (now - secondStartNanos >= SECOND_NANOS) {
      secondStartNanos = now;
      taken = 0;
    }
    if (taken >= most) {
      return false;
    }
    taken++;
    return true;
  }
}
