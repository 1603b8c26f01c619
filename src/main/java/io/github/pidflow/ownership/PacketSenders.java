package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.PacketDiag;
import io.github.pidflow.sockets.SocketSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes that can send what has no socket of its protocol: through a packet socket, or a raw
 * one of IPPROTO_RAW. The kernel does not tell who sent such a packet, so this is the whole rule:
 *
 * <ul>
 *   <li>it is about a flow that was begun by sending, and that the kernel has no socket for;
 *   <li>if one process, other than pidflow, has or had until just now a socket it can come from, it
 *       is that process's; if several have one, it is nobody's, {@code packet_socket};
 *   <li>a socket with a ring to receive and none to send is a sniffer's, see {@link PacketDiag};
 *   <li>not on a host that forwards, where what is sent without a socket is mostly NAT for others,
 *       nor where nobody notes creations, where it is mostly from sockets that were closed.
 * </ul>
 */
final class PacketSenders {
  /** As long as what they sent may wait for its owner. */
  private static final long MEMORY_NANOS = 15_000_000_000L;

  private static final long PAUSE_NANOS = 200_000_000;

  private static final List<String> FORWARDING =
      List.of("sys/net/ipv4/ip_forward", "sys/net/ipv6/conf/all/forwarding");

  private final Path procRoot;
  private final long self = ProcessHandle.current().pid();
  private final Map<ProcessInfo, Long> lastSeenNanos = new HashMap<>();
  private SocketOwner owner;
  private long nextLookNanos = System.nanoTime();

  PacketSenders(Path procRoot) {
    this.procRoot = procRoot;
  }

  /** Whose such a packet is, or why nobody's; null if nothing is to be said of it. */
  SocketOwner owner() {
    return owner;
  }

  /** Looks for them, unless that was done just now; whether another owner was found. */
  boolean look(SocketSource source, OwnerFinder finder) throws IOException {
    long now = System.nanoTime();
    if (now - nextLookNanos < 0) {
      return false;
    }
    nextLookNanos = now + PAUSE_NANOS;
    SocketOwner before = owner;
    owner = finder.notesCreations() && !forwards() ? find(source, finder, now) : null;
    return owner == null ? before != null : !owner.equals(before);
  }

  private SocketOwner find(SocketSource source, OwnerFinder finder, long now) throws IOException {
    List<KernelSocket> sockets = new ArrayList<>();
    source.dumpSenders(sockets::add);
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

  private boolean forwards() {
    for (String name : FORWARDING) {
      try {
        byte[] value = Files.readAllBytes(procRoot.resolve(name));
        if (!new String(value, StandardCharsets.US_ASCII).strip().equals("0")) {
          return true;
        }
      } catch (IOException e) {
        // Without the protocol there is no forwarding of it.
      }
    }
    return false;
  }
}
