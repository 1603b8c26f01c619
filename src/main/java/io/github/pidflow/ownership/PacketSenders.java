package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockettable.SocketOwner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes that can send packets without a socket of the packets' protocol: through a packet
 * socket, or a raw socket of IPPROTO_RAW. The kernel does not tell which of them sent a packet. The
 * rule is:
 *
 * <ul>
 *   <li>it applies to a flow that this host started and that the kernel has no socket for;
 *   <li>if one process other than pidflow has such a socket, or had it until recently, it owns the
 *       flow; if several do, the flow is unattributed, with reason {@code packet_socket};
 *   <li>a socket with a ring to receive and none to send is a sniffer's, see {@link
 *       KernelSockets#dumpSenders};
 *   <li>it does not apply on a host that forwards, where most flows without a socket are NAT's, nor
 *       where the kernel notes no creations, where most are from sockets that were closed.
 * </ul>
 */
final class PacketSenders {
  /** At least as long as a flow is parked. */
  private static final long MEMORY_NANOS = 15_000_000_000L;

  private static final long PAUSE_NANOS = 200_000_000;

  private final long self = ProcessHandle.current().pid();
  private final Map<ProcessInfo, Long> lastSeenNanos = new HashMap<>();
  private SocketOwner owner;
  private long nextRefreshNanos = System.nanoTime();

  /** The owner of such flows, or the reason there is none; null if the rule does not apply. */
  SocketOwner owner() {
    return owner;
  }

  /** Searches them, unless that was done just now; returns whether the owner changed. */
  boolean refresh(KernelSockets kernel, OwnerFinder finder) throws IOException {
    long now = System.nanoTime();
    if (now - nextRefreshNanos < 0) {
      return false;
    }
    nextRefreshNanos = now + PAUSE_NANOS;
    SocketOwner before = owner;
    owner = finder.notesCreations() && !kernel.isForwarding() ? find(kernel, finder, now) : null;
    return owner == null ? before != null : !owner.equals(before);
  }

  private SocketOwner find(KernelSockets kernel, OwnerFinder finder, long now) throws IOException {
    List<KernelSocket> sockets = new ArrayList<>();
    kernel.dumpSenders(sockets::add);
    finder.seek(sockets);
    for (KernelSocket socket : sockets) {
      finder
          .holder(socket)
          .map(SocketOwner::process)
          .filter(process -> process.id().pid() != self)
          .ifPresent(process -> lastSeenNanos.put(process, now));
    }
    lastSeenNanos.values().removeIf(seen -> now - seen > MEMORY_NANOS);
    return switch (lastSeenNanos.size()) {
      case 0 -> null;
      case 1 -> SocketOwner.of(lastSeenNanos.keySet().iterator().next(), false);
      default -> SocketOwner.none(UnattributedReason.PACKET_SOCKET);
    };
  }
}
