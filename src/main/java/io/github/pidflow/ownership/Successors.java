package io.github.pidflow.ownership;

import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.function.ToLongFunction;

/** What becomes of what is known of a five-tuple when the owner of one of its sockets is found. */
final class Successors {
  private final ToLongFunction<KernelSocket> openedAtNanos;
  private final DaemonCounters counters;

  /**
   * @param openedAtNanos when a socket was created, {@link SocketOwner#EVER} if that is not known
   */
  Successors(ToLongFunction<KernelSocket> openedAtNanos, DaemonCounters counters) {
    this.openedAtNanos = openedAtNanos;
    this.counters = counters;
  }

  /**
   * @param before null if nothing was known
   * @param key of the socket, or another that stands for it too
   */
  KnownSocket of(KnownSocket before, SocketKey key, KernelSocket socket, SocketOwner owner) {
    KnownSocket now = alone(before, socket, owner);
    if (before == null || socket.isRaw() || isSame(before, socket)) {
      return now;
    }
    if (before.owners().isFull()) {
      counters.increment(DaemonCounter.OWNERS_FORGOTTEN);
    }
    return before.and(now.owner(), socket.cookie(), key.protocol());
  }

  /** The socket without those that had its five-tuple before, or have it too. */
  KnownSocket alone(KnownSocket before, KernelSocket socket, SocketOwner owner) {
    return isSame(before, socket)
        ? before.confirmed(owner)
        : KnownSocket.of(owner.opened(openedAtNanos.applyAsLong(socket)), socket.cookie(), false);
  }

  /** Whether what was known is this very socket. */
  static boolean isSame(KnownSocket before, KernelSocket socket) {
    return before != null
        && socket.cookie() != 0
        && before.cookie() == socket.cookie()
        && !socket.isRaw();
  }
}
