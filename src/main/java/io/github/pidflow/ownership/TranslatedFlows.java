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
 * Finds the owners of flows whose addresses NAT changed. A packet of such a flow may show addresses
 * that no socket has: those before or after the translation of the socket's own five-tuple, or
 * those of a flow that is only forwarded.
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
   * Looks up the flows whose NAT entry has been found since: each belongs to the local socket at
   * one of its ends, or is forwarded if neither end is local.
   *
   * @return whether an owner was found
   */
  boolean lookUp() throws IOException {
    boolean found = false;
    long askedAtNanos = BootClock.epochNanos();
    for (Map.Entry<Miss, ConntrackEntry> each : sockets.pollConntrack().entrySet()) {
      Miss miss = each.getKey();
      ConntrackEntry entry = each.getValue();
      Optional<KernelSocket> socket = connected(miss, entry.original());
      if (socket.isEmpty()) {
        socket = connected(miss, entry.reply());
      }
      if (socket.isPresent()) {
        finder.seek(List.of(socket.get()));
        Optional<SocketOwner> owner = finder.holder(socket.get());
        owner.ifPresent(of -> known.addTranslated(miss.key(), of.confirmed(askedAtNanos)));
        found |= owner.isPresent();
      } else if (!entry.hasLocalEnd(miss.key())) {
        known.addForwarded(miss.key(), askedAtNanos);
        found = true;
      }
    }
    return found;
  }

  private Optional<KernelSocket> connected(Miss miss, SocketKey key) throws IOException {
    Miss other = new Miss(key, miss.interfaceIndex());
    return key.equals(miss.key()) || !sockets.canFind(other)
        ? Optional.empty()
        : sockets.find(other).filter(each -> each.key().isConnected());
  }
}
