package io.github.pidflow.ownership;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.sockets.KernelSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The TCP listeners that the last scan found, as far as one socket has its address and port. */
final class Listeners {
  private static final int MAX_LISTENERS = 8192;
  private static final KernelSocket SEVERAL = null;

  private Map<SocketKey, KernelSocket> listeners = Map.of();

  /**
   * Replaces the listeners by those of a dump.
   *
   * @param skipped the namespaces that were not dumped: their listeners stay
   */
  void replace(List<KernelSocket> dumped, Set<Integer> skipped) {
    Map<SocketKey, KernelSocket> now = new HashMap<>();
    for (KernelSocket socket : dumped) {
      SocketKey key = socket.key();
      if (key.protocol() == Protocol.TCP && !key.isConnected() && now.size() < MAX_LISTENERS) {
        put(now, key, socket);
        if (socket.takesIpv4()) {
          put(now, socket.ipv4Alias(), socket);
        }
      }
    }
    listeners.forEach(
        (key, socket) -> {
          if (skipped.contains(key.namespace()) && now.size() < MAX_LISTENERS) {
            now.put(key, socket);
          }
        });
    listeners = now;
  }

  private static void put(
      Map<SocketKey, KernelSocket> listeners, SocketKey key, KernelSocket socket) {
    listeners.put(key, listeners.containsKey(key) ? SEVERAL : socket);
  }

  /** The listener that a connection was accepted from; empty if it is not known. */
  Optional<KernelSocket> of(SocketKey connection) {
    SocketKey bound = connection.withoutRemote();
    return listeners.containsKey(bound)
        ? Optional.ofNullable(listeners.get(bound))
        : Optional.ofNullable(listeners.get(connection.wildcard()));
  }
}
