package io.github.pidflow.sockets;

import io.github.pidflow.flow.Protocol;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Notices that a raw socket came or went. Raw sockets of one protocol are told apart by nothing in
 * a packet, and the kernel sends no news of them, so what was known of them holds only until then.
 */
public final class RawSocketWatch {
  private static final long PAUSE_NANOS = 20_000_000;

  private Set<Long> inodes = Set.of();
  private long nextNanos = System.nanoTime();

  /** Whether there are raw sockets, so that it is worth to look often. */
  public boolean isBusy() {
    return !inodes.isEmpty();
  }

  public boolean hasChanged(SocketSource source) throws IOException {
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

  /** Whether only a raw or ping socket can take packets of this protocol. */
  public static boolean mayBeRaw(int protocol) {
    return switch (protocol) {
      case Protocol.TCP, Protocol.UDP, Protocol.UDPLITE -> false;
      default -> true;
    };
  }
}
