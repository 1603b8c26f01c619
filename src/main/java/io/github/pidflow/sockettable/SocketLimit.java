package io.github.pidflow.sockettable;

import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.HeapBound;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Bounds the number of known sockets. Excess sockets are forgotten and counted: closed ones first,
 * the oldest before the newer; then connections; listeners and other unconnected sockets last.
 */
final class SocketLimit {
  static final int MAX_SOCKETS = HeapBound.of(65_536);

  /** How many more are removed, so that the next few additions do not exceed the bound again. */
  private static final int ROOM = MAX_SOCKETS / 8;

  private final DaemonCounters counters;

  SocketLimit(DaemonCounters counters) {
    this.counters = counters;
  }

  /** Removes excess sockets. */
  void enforce(Map<SocketKey, KnownSocket> sockets) {
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
