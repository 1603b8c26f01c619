package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Everything known of sockets and their owners, from which {@link SocketTable}s are published: what
 * the last scan found, what was learnt since, and what has closed but may still be heard of.
 */
public final class KnownSockets {
  private final Successors successors;
  private final SocketLimit limit;
  private final SocketLayers sockets;
  private ScanTimes scans = ScanTimes.NONE;

  /**
   * @param openedAtNanos when a socket was created, {@link SocketOwner#EVER} if that is not known
   */
  KnownSockets(ToLongFunction<KernelSocket> openedAtNanos, DaemonCounters counters) {
    successors = new Successors(openedAtNanos, counters);
    limit = new SocketLimit(counters);
    sockets = new SocketLayers(limit);
  }

  /**
   * Begins to compare what is known with a dump of what is open.
   *
   * @param startNanos when the dump was begun, in nanoseconds since the epoch
   */
  SocketScan beginScan(List<KernelSocket> dumped, long startNanos) {
    return new SocketScan(sockets.fold(), limit.within(dumped), successors, startNanos);
  }

  /**
   * Ends a scan that has seen what is open.
   *
   * @param passedBy the namespaces that were not dumped: all there is as it was
   * @param nowNanos when the dump was done
   */
  void endScan(SocketScan scan, Set<Integer> passedBy, long nowNanos) {
    scan.seeAliases();
    scan.closeUnseen(passedBy, nowNanos);
    scans = scans.next(scan.startNanos(), passedBy);
    if (scan.hasChanged()) {
      sockets.changed();
    }
  }

  /** Adds a socket that was asked for after a miss. */
  void learn(SocketKey asked, KernelSocket socket, SocketOwner owner) {
    SocketKey key = socket.key();
    if (!key.isConnected() && (socket.isRaw() || isAmbiguous(key))) {
      sockets.put(asked, KnownSocket.of(owner, socket.cookie(), true));
    } else {
      sockets.put(key, successors.of(sockets.get(key), key, socket, owner));
      SocketKey alias = socket.ipv4Alias();
      if (socket.takesIpv4() && !isOpen(alias)) {
        sockets.put(alias, successors.of(sockets.get(alias), alias, socket, owner));
      }
    }
  }

  /** Adds a flow that NAT makes look like this host's, though both of its ends are elsewhere. */
  void learnForwarded(SocketKey flow, long askedAtNanos) {
    SocketOwner owner = SocketOwner.ofForwarded().confirmed(askedAtNanos);
    sockets.put(flow, KnownSocket.of(owner, 0, false));
  }

  /** Adds a flow of raw sockets. */
  void learnRaw(SocketKey flow, Succession owners) {
    sockets.put(flow, new KnownSocket(owners, 0, false));
  }

  /** Adds a flow of a socket that has another five-tuple, before NAT or after it. */
  void learnTranslated(SocketKey flow, SocketOwner owner) {
    sockets.put(flow, KnownSocket.of(owner, 0, true));
  }

  /** Adds a socket that nobody knew while it was open. */
  void learnClosed(KernelSocket socket, SocketOwner owner, long nowNanos) {
    learn(socket.key(), socket, owner.confirmed(nowNanos).closed(nowNanos));
  }

  /**
   * Gives a process's open sockets to what it is called now. Those it has closed stay what they
   * are: nothing it does under its new name goes through them.
   */
  void renamed(ProcessInfo process) {
    sockets.replaceAll(
        known -> {
          ProcessInfo before = known.owner().process();
          boolean same = before != null && before.id().equals(process.id()) && known.isOpen();
          return same && !before.equals(process)
              ? known.with(known.owner().renamed(process))
              : known;
        });
  }

  /** Whether an owner of this socket, which has just been destroyed, would be news. */
  boolean lacksOwner(KernelSocket destroyed) {
    SocketKey key = destroyed.key();
    if (key.protocol() == Protocol.TCP && !key.isConnected()) {
      // A listener has no traffic of its own; a connection that lost its five-tuple is not found.
      return false;
    }
    KnownSocket known = sockets.get(key);
    if (known == null) {
      return true;
    }
    // What the socket before the latest sent may still wait for its owner.
    return known.cookie() != destroyed.cookie() || !known.owner().isKnown();
  }

  /** Whether the process of this five-tuple is known. */
  boolean isOwned(SocketKey key) {
    KnownSocket known = sockets.get(key);
    return known != null && known.owner().isKnown();
  }

  /** Whether somebody listens where this connection has its local end. */
  boolean isAccepted(SocketKey connection) {
    return listeners(connection).anyMatch(known -> known.isOpen());
  }

  private Stream<KnownSocket> listeners(SocketKey connection) {
    return Stream.of(connection.withoutRemote(), connection.wildcard())
        .map(sockets::get)
        .filter(Objects::nonNull);
  }

  /**
   * Notes that a socket has been destroyed.
   *
   * @param nowNanos when its last descriptor was closed if that is known, or else the time now
   * @return false if it was not known
   */
  boolean destroyed(KernelSocket socket, long nowNanos, boolean exactly) {
    SocketKey key = socket.key();
    Set<SocketKey> keys = new HashSet<>(List.of(key));
    if (socket.takesIpv4()) {
      keys.add(socket.ipv4Alias());
    }
    if (key.protocol() != Protocol.TCP) {
      keys.addAll(formerKeys(socket));
    }
    boolean closed = false;
    for (SocketKey each : keys) {
      closed |= close(each, socket.cookie(), nowNanos, exactly);
    }
    return closed;
  }

  /** What a datagram socket may be known as besides: from before it was connected, as an answer. */
  private List<SocketKey> formerKeys(KernelSocket socket) {
    SocketKey key = socket.key();
    List<SocketKey> keys = new ArrayList<>(sockets.takeDatagram(socket.cookie()));
    keys.add(key.withoutRemote());
    keys.add(SocketKey.bound(key.namespace(), key.protocol(), 0, 0, key.localPort()));
    keys.add(socket.ipv4Alias());
    return keys;
  }

  /** Notes that raw sockets came or went: whose a later packet is has to be asked again. */
  boolean rawChanged(long nowNanos) {
    Map<SocketKey, KnownSocket> closed = new HashMap<>();
    sockets.forEach(
        (key, known) -> {
          if (key.localPort() == 0 && known.isOpen()) {
            closed.put(key, known.closed(nowNanos));
          }
        });
    closed.forEach(sockets::put);
    return !closed.isEmpty();
  }

  private boolean close(SocketKey key, long cookie, long nowNanos, boolean exactly) {
    KnownSocket known = sockets.get(key);
    if (known == null || known.cookie() != cookie || !known.isOpen()) {
      return false;
    }
    // The five-tuple of a connection is free once it is destroyed, not once it is closed.
    boolean confirms = exactly || key.protocol() == Protocol.TCP;
    SocketOwner owner = confirms ? known.owner().confirmed(nowNanos) : known.owner();
    sockets.put(key, known.with(owner.closed(nowNanos)));
    return true;
  }

  /** Whether several sockets, of different processes, have this local end. */
  boolean isAmbiguous(SocketKey key) {
    KnownSocket known = sockets.get(key);
    return known != null && known.owner().reason() == UnattributedReason.AMBIGUOUS;
  }

  private boolean isOpen(SocketKey key) {
    KnownSocket known = sockets.get(key);
    return known != null && known.isOpen();
  }

  SocketTable table(List<ProcessInfo> processes) {
    return sockets.table(processes).withScans(scans);
  }
}
