package io.github.pidflow.webconfig;

/** Section {@code rate_limit}; an interval of 0 is no limit. */
record RateLimitSettings(long intervalNanos, int burst) {
  static final RateLimitSettings NONE = new RateLimitSettings(0, 0);
}
