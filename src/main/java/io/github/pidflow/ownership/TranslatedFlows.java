package io.github.pidflow.ownership;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.sockets.ConntrackEntry;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out whose a flow is that no socket was found for, where NAT has changed its addresses: the
 * process whose socket is at an end of it, or nobody's here, since it only passes.
 */
final class TranslatedFlows {
  private final KernelSockets sockets;
  private final OwnerFinder finder;
  private final KnownSockets known;

  TranslatedFlows(KernelSockets sockets, OwnerFinder finder, KnownSockets known) {
    this.sockets = sockets;
    this.finder = finder;
    this.known = known;
  }

  /**
   * Flows no socket was found for, because NAT has changed them: on their way through, or of a
   * socket here that has them as they were before, or are after.
   */
  boolean lookUp() throws IOException {
    boolean learnt = false;
    long askedAtNanos = BootClock.epochNanos();
    for (Map.Entry<Miss, ConntrackEntry> each : sockets.translated().entrySet()) {
      Miss miss = each.getKey();
      ConntrackEntry translation = each.getValue();
      Optional<KernelSocket> socket = connected(miss, translation.sender());
      if (socket.isEmpty()) {
        socket = connected(miss, translation.receiver());
      }
      if (socket.isPresent()) {
        finder.seek(List.of(socket.get()));
        Optional<SocketOwner> owner = finder.holder(socket.get());
        owner.ifPresent(of -> known.learnTranslated(miss.key(), of.confirmed(askedAtNanos)));
        learnt |= owner.isPresent();
      } else if (!translation.endsAt(miss.key())) {
        known.learnForwarded(miss.key(), askedAtNanos);
        learnt = true;
      }
    }
    return learnt;
  }

  private Optional<KernelSocket> connected(Miss miss, SocketKey key) throws IOException {
    Miss other = new Miss(key, miss.interfaceIndex());
    return key.equals(miss.key()) || !sockets.canFind(other)
        ? Optional.empty()
        : sockets.find(other).filter(each -> each.key().isConnected());
  }
}
