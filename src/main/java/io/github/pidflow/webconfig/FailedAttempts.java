package io.github.pidflow.webconfig;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Limits wrong passwords by where they come from, so that guessing from one place leaves the time
 * for hashing to others. An IPv6 source is a network of /64, all of which one host may have.
 */
final class FailedAttempts {
  private static final int MAX_SOURCES = 1024;
  private static final int IPV6_NETWORK_BYTES = 8;
  private static final RateLimitSettings EACH = new RateLimitSettings(2_000_000_000, 10);

  private final LongSupplier nanoClock;

  /** Sources that failed lately, those that failed last at the end. */
  private final Map<ByteBuffer, TokenBucket> sources =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, TokenBucket> eldest) {
          return size() > MAX_SOURCES;
        }
      };

  FailedAttempts(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** Counts an attempt before it is known to fail; false if too many have failed lately. */
  synchronized boolean begin(InetAddress source) {
    return sources.computeIfAbsent(key(source), absent -> new TokenBucket(EACH, nanoClock)).take();
  }

  /** Forgets the attempts of a source, one of which has succeeded. */
  synchronized void succeeded(InetAddress source) {
    sources.remove(key(source));
  }

  private static ByteBuffer key(InetAddress source) {
    byte[] address = source.getAddress();
    return ByteBuffer.wrap(
        source instanceof Inet6Address ? Arrays.copyOf(address, IPV6_NETWORK_BYTES) : address);
  }
}
