package io.github.pidflow.webconfig;

/** Section {@code rate_limit}. An interval of 0 means no limit. */
record RateLimitSettings(long intervalNanos, int burst) {
  static final RateLimitSettings NONE = new RateLimitSettings(0, 0);
}
