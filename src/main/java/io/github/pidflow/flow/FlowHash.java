package io.github.pidflow.flow;

import java.security.SecureRandom;

/**
 * Hashes of what strangers choose: addresses, ports, the bytes of packets. The keys are random and
 * drawn at each start, so nobody outside can find flows that share one place of a table and make
 * every lookup walk over all of them.
 *
 * <p>Each pair of words is added to a pair of keys and multiplied to 128 bits, of which both halves
 * are kept, as NH does (RFC 4418). The products are independent of each other, so a hash takes less
 * time than a chain of multiplications.
 */
public final class FlowHash {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long A = RANDOM.nextLong();
  private static final long B = RANDOM.nextLong();
  private static final long C = RANDOM.nextLong();
  private static final long D = RANDOM.nextLong();
  private static final long E = RANDOM.nextLong();
  private static final long F = RANDOM.nextLong();
  private static final long LAST = odd();

  private FlowHash() {}

  /** A random odd number, for a hash over the bytes of a packet. */
  public static long odd() {
    return RANDOM.nextLong() | 1;
  }

  /** The hash of six words. Its upper bits are the best. */
  public static long of(long a, long b, long c, long d, long e, long f) {
    long hash = product(a + A, b + B) + product(c + C, d + D) + product(e + E, f + F);
    return (hash ^ hash >>> 32) * LAST;
  }

  /** The hash of a number that is a hash already, but of a known function. */
  public static long of(long a) {
    return product(a + A, a ^ B) * LAST;
  }

  /** The hash of a segment's five-tuple, as seen from this host, and of its namespace. */
  public static long of(Segment segment) {
    return of(
        ports(segment.namespace(), segment.protocol(), segment.localPort(), segment.remotePort()),
        segment.localLow(),
        segment.remoteLow(),
        segment.localHigh(),
        segment.remoteHigh(),
        0);
  }

  /** A namespace, a protocol and two ports in one word. */
  static long ports(int namespace, int protocol, int localPort, int remotePort) {
    return (long) namespace << 40 | (long) protocol << 32 | (long) localPort << 16 | remotePort;
  }

  private static long product(long a, long b) {
    return Math.multiplyHigh(a, b) ^ a * b;
  }
}
