package io.github.pidflow.ownership;

/** At most so many a second, the unused of one second not carried to the next. */
final class RateLimit {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final int permitsPerSecond;
  private long secondStart;
  private int taken;

  RateLimit(int permitsPerSecond) {
    this.permitsPerSecond = permitsPerSecond;
    secondStart = System.nanoTime();
  }

  boolean tryAcquire() {
    long now = System.nanoTime();
    if (now - secondStart >= SECOND_NANOS) {
      secondStart = now;
      taken = 0;
    }
    return taken++ < permitsPerSecond;
  }
}
