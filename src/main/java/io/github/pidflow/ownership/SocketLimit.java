package io.github.pidflow.ownership;

import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * How many sockets are kept in mind. What is too many is forgotten and counted: of the open ones
 * single connections before those that serve any remote end, and before them all that closed, the
 * oldest first.
 */
final class SocketLimit {
  static final int MAX_SOCKETS = 65_536;

  /** Made at once, so that it need not be made again for the next. */
  private static final int ROOM = MAX_SOCKETS / 8;

  private final DaemonCounters counters;

  SocketLimit(DaemonCounters counters) {
    this.counters = counters;
  }

  /** Those of a dump that may be kept. */
  List<KernelSocket> within(List<KernelSocket> dumped) {
    int excess = dumped.size() - MAX_SOCKETS;
    if (excess <= 0) {
      return dumped;
    }
    counters.add(DaemonCounter.SOCKETS_REFUSED, excess);
    return dumped.stream()
        .sorted(Comparator.comparing(socket -> socket.key().isConnected()))
        .limit(MAX_SOCKETS)
        .toList();
  }

  /** Takes out what is too many. */
  void keep(Map<SocketKey, KnownSocket> sockets) {
    int before = sockets.size();
    if (before <= MAX_SOCKETS) {
      return;
    }
    List<SocketKey> closed =
        sockets.entrySet().stream()
            .filter(each -> !each.getValue().isOpen())
            .sorted(Comparator.comparingLong(each -> each.getValue().owner().closedAtNanos()))
            .map(Map.Entry::getKey)
            .toList();
    closed.stream().limit(before - MAX_SOCKETS + ROOM).forEach(sockets::remove);
    int excess = Math.max(sockets.size() - MAX_SOCKETS, 0);
    List<SocketKey> single =
        sockets.keySet().stream().filter(SocketKey::isConnected).limit(excess).toList();
    single.forEach(sockets::remove);
    counters.add(DaemonCounter.SOCKETS_REFUSED, before - sockets.size());
  }
}
