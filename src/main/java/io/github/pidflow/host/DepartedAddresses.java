package io.github.pidflow.host;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Addresses that were removed from this host a moment ago. Packets wait in the ring before they are
 * read, so a packet sent from an address just before its removal is read after it, and still
 * belongs to this host.
 */
final class DepartedAddresses {
  /** Longer than any packet waits in a ring that does not drop. */
  static final long GRACE_NANOS = 1_000_000_000;

  private final Map<InterfaceAddress, Long> removedAtNanos = new HashMap<>();
  private HostNetwork latest = HostNetwork.UNKNOWN;

  /** Adds the recently removed addresses to a network that has just been read. */
  HostNetwork with(HostNetwork read, long nowNanos) {
    Set<InterfaceAddress> present = new HashSet<>(read.addresses());
    for (InterfaceAddress each : latest.addresses()) {
      if (!present.contains(each)) {
        removedAtNanos.putIfAbsent(each, nowNanos);
      }
    }
    present.forEach(removedAtNanos::remove);
    latest = read;
    return withoutExpired(nowNanos);
  }

  /** The latest network without the addresses whose grace period is over. */
  HostNetwork withoutExpired(long nowNanos) {
    removedAtNanos.values().removeIf(removed -> nowNanos - removed >= GRACE_NANOS);
    return removedAtNanos.isEmpty() ? latest : latest.with(removedAtNanos.keySet());
  }

  /** Whether the grace period of an address is over. */
  boolean isDue(long nowNanos) {
    return removedAtNanos.values().stream().anyMatch(removed -> nowNanos - removed >= GRACE_NANOS);
  }

  boolean isEmpty() {
    return removedAtNanos.isEmpty();
  }
}
