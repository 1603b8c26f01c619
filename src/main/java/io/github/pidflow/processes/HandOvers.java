package io.github.pidflow.processes;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

/** The connections that a service manager has accepted for services that are not seen yet. */
final class HandOvers {
  /** How long a service may take to start and to inherit the connection that started it. */
  private static final long MAX_NANOS = 3_000_000_000L;

  private static final int MAX_CONNECTIONS = 4096;

  /** When each connection was first asked for, by inode. */
  private final Map<Long, Long> since = new HashMap<>();

  /** Whether to wait for the service of a connection that only a manager holds. */
  boolean await(long inode, long nowNanos) {
    if (since.size() >= MAX_CONNECTIONS && !since.containsKey(inode)) {
      return false;
    }
    return nowNanos - since.computeIfAbsent(inode, any -> nowNanos) < MAX_NANOS;
  }

  /** Forgets the connections that a manager no longer holds alone. */
  void retain(LongPredicate heldByManager) {
    since.keySet().removeIf(inode -> !heldByManager.test(inode));
  }
}
