package io.github.pidflow.webconfig;

import java.util.function.LongSupplier;

/** Lets a burst of requests through, and after it one each interval. */
final class TokenBucket {
  private final RateLimitSettings settings;
  private final LongSupplier nanoClock;
  private long tokens;
  private long countedNanos;

  TokenBucket(RateLimitSettings settings, LongSupplier nanoClock) {
    this.settings = settings;
    this.nanoClock = nanoClock;
    tokens = settings.burst();
    countedNanos = nanoClock.getAsLong();
  }

  RateLimitSettings settings() {
    return settings;
  }

  synchronized boolean take() {
    if (settings.intervalNanos() == 0) {
      return true;
    }
    long now = nanoClock.getAsLong();
    long earned = (now - countedNanos) / settings.intervalNanos();
    countedNanos += earned * settings.intervalNanos();
    tokens = Math.min(settings.burst(), tokens + earned);
    if (tokens == 0) {
      return false;
    }
    tokens--;
    return true;
  }
}
