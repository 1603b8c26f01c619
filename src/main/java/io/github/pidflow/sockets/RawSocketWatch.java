package io.github.pidflow.sockets;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Detects that a raw socket was opened or closed. The kernel sends no events for raw sockets, and
 * nothing in a packet tells apart two of the same protocol, so owners of their packets are valid
 * only until the set of raw sockets changes.
 */
final class RawSocketWatch {
  private static final long PAUSE_NANOS = 20_000_000;

  private Set<Long> inodes = Set.of();
  private long nextNanos = System.nanoTime();

  /** Returns whether any raw sockets are open. */
  boolean hasSockets() {
    return !inodes.isEmpty();
  }

  /** Lists raw sockets, at most once per pause; returns whether the set differs from the last. */
  boolean hasChanged(SocketSource source) throws IOException {
    long now = System.nanoTime();
    if (now - nextNanos < 0) {
      return false;
    }
    nextNanos = now + PAUSE_NANOS;
    Set<Long> latest = new HashSet<>();
    source.dumpRaw(socket -> latest.add(socket.inode()));
    boolean changed = !latest.equals(inodes);
    inodes = latest;
    return changed;
  }
}
