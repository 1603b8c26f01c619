package io.github.pidflow.host;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Addresses this host had a moment ago. A packet waits in the ring before it is read, so one that
 * was sent from an address just before it was taken away is read after that, and is still this
 * host's.
 */
final class DepartedAddresses {
  /** Longer than a packet waits in a ring that is not dropping. */
  static final long GRACE_NANOS = 1_000_000_000;

  private final Map<InterfaceAddress, Long> leftAtNanos = new HashMap<>();
  private HostNetwork latest = HostNetwork.UNKNOWN;

  /** The network that was read just now, with the addresses that left it of late. */
  HostNetwork with(HostNetwork read, long nowNanos) {
    Set<InterfaceAddress> present = new HashSet<>(read.addresses());
    for (InterfaceAddress each : latest.addresses()) {
      if (!present.contains(each)) {
        leftAtNanos.putIfAbsent(each, nowNanos);
      }
    }
    present.forEach(leftAtNanos::remove);
    latest = read;
    return withoutOld(nowNanos);
  }

  /** The same network again, once {@link #isDue}. */
  HostNetwork withoutOld(long nowNanos) {
    leftAtNanos.values().removeIf(left -> nowNanos - left >= GRACE_NANOS);
    return leftAtNanos.isEmpty() ? latest : latest.with(leftAtNanos.keySet());
  }

  /** Whether an address has been gone for long enough. */
  boolean isDue(long nowNanos) {
    return leftAtNanos.values().stream().anyMatch(left -> nowNanos - left >= GRACE_NANOS);
  }

  boolean isEmpty() {
    return leftAtNanos.isEmpty();
  }
}
