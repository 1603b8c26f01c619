package io.github.pidflow.host;

/**
 * A route of the kernel's local table, which decides what is delivered on this host before any
 * other table is asked.
 *
 * @param high the prefix, 128 bits with {@code low}, IPv4 in mapped form
 * @param prefixLength of the 128 bits
 * @param delivers whether addresses in it are this host's; false for an exception, such as a
 *     unicast or unreachable route within a wider local one
 */
public record LocalRoute(long high, long low, int prefixLength, boolean delivers) {
  static final int HOST_LENGTH = 128;

  boolean contains(long high, long low) {
    return (high & highMask(prefixLength)) == this.high
        && (low & lowMask(prefixLength)) == this.low;
  }

  static long highMask(int prefixLength) {
    return prefixLength >= 64 ? -1 : prefixLength == 0 ? 0 : -1L << (64 - prefixLength);
  }

  static long lowMask(int prefixLength) {
    return prefixLength <= 64 ? 0 : -1L << (HOST_LENGTH - prefixLength);
  }
}
