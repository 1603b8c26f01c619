package io.github.pidflow.processes;

import java.util.function.LongSupplier;

/** At most so many a second, the unused of one second not carried to the next. */
public final class RateLimit {
  private static final long SECOND_NANOS = 1_000_000_000;

  private int permitsPerSecond;
  private final LongSupplier nanoTime;
  private long secondStart;
  private int taken;

  public RateLimit(int permitsPerSecond, LongSupplier nanoTime) {
    this.permitsPerSecond = permitsPerSecond;
    this.nanoTime = nanoTime;
    secondStart = nanoTime.getAsLong();
  }

  public void use(int permits) {
    permitsPerSecond = permits;
  }

  public boolean tryAcquire() {
    long now = nanoTime.getAsLong();
    if (now - secondStart >= SECOND_NANOS) {
      secondStart = now;
      taken = 0;
    }
    return taken++ < permitsPerSecond;
  }
}
