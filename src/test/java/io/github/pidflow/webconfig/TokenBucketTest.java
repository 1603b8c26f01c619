package io.github.pidflow.webconfig;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TokenBucketTest {
  private long now = Long.MAX_VALUE - 100;

  @Test
  void shouldAllowABurstAndThenOnePerInterval() {
    TokenBucket bucket = new TokenBucket(new RateLimitSettings(1_000, 2), () -> now);

    assertTrue(bucket.take());
    assertTrue(bucket.take());
    assertFalse(bucket.take());
    now += 999;
    assertFalse(bucket.take());
    now += 1;
    assertTrue(bucket.take());
    assertFalse(bucket.take());
  }

  @Test
  void shouldAccumulateAtMostOneBurst() {
    TokenBucket bucket = new TokenBucket(new RateLimitSettings(1_000, 2), () -> now);
    now += 1_000_000;

    assertTrue(bucket.take());
    assertTrue(bucket.take());
    assertFalse(bucket.take());
  }

  @Test
  void shouldNotLimitWithoutAnInterval() {
    TokenBucket bucket = new TokenBucket(RateLimitSettings.NONE, () -> now);

    assertTrue(bucket.take());
    assertTrue(bucket.take());
  }
}
