package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class RateLimitTest {
  private static final long SECOND = 1_000_000_000;

  /** Overflows within the test: System.nanoTime() may start anywhere. */
  private long now = Long.MAX_VALUE - SECOND;

  private final RateLimit limit = new RateLimit(3, () -> now);

  private int acquired(int tries) {
    int acquired = 0;
    for (int i = 0; i < tries; i++) {
      acquired += limit.tryAcquire() ? 1 : 0;
    }
    return acquired;
  }

  @Test
  void shouldGrantOnlyThePermitsOfASecond() {
    assertEquals(3, acquired(10));
    now += SECOND - 1;
    assertEquals(0, acquired(10));
  }

  @Test
  void shouldStartOverEachSecond() {
    acquired(10);
    now += SECOND;
    assertEquals(3, acquired(10));
    now += SECOND;
    assertEquals(3, acquired(10));
  }

  @Test
  void shouldNotCarryTheUnusedOver() {
    now += 100 * SECOND;
    assertEquals(3, acquired(10));
  }

  @Test
  void shouldGiveNoneIfNoneAreAllowed() {
    RateLimit none = new RateLimit(0, () -> now);
    assertEquals(false, none.tryAcquire());
  }
}
