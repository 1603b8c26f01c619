package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Everything known of sockets and their owners, from which {@link SocketTable}s are published: what
 * the last scan found, what was learnt since, and what has closed but may still be heard of.
 */
final class KnownSockets {
  /** TIME_WAIT, the longest a closed connection is heard of. */
  private static final long LINGER_NANOS = 60_000_000_000L;

  private static final long ANY_IPV4_LOW = Segment.mapped(0);

  private final ToLongFunction<OpenSocket> openedAtNanos;
  private final DaemonCounters counters;
  private final SocketLimit limit;
  private final SocketLayers sockets;

  /**
   * @param openedAtNanos when a socket was created, {@link SocketOwner#EVER} if that is not known
   */
  KnownSockets(ToLongFunction<OpenSocket> openedAtNanos, DaemonCounters counters) {
    this.openedAtNanos = openedAtNanos;
    this.counters = counters;
    limit = new SocketLimit(counters);
    sockets = new SocketLayers(limit);
  }

  /**
   * Replaces what was known by the sockets of a dump; those no longer there are closed.
   *
   * @param passedBy the namespaces that were not dumped: all there is as it was
   * @param startNanos when the dump was begun, in nanoseconds since the epoch like the next
   * @param nowNanos when it was done
   */
  void scanned(
      List<OpenSocket> dumped,
      Set<Integer> passedBy,
      Function<OpenSocket, SocketOwner> owners,
      long startNanos,
      long nowNanos) {
    List<OpenSocket> kept = limit.within(dumped);
    Map<SocketKey, KnownSocket> now = new HashMap<>(kept.size() * 2);
    for (OpenSocket socket : kept) {
      KnownSocket last = sockets.get(socket.key());
      // A socket without a file is one its process has closed: it stays that process's to its end.
      boolean keeps = socket.inode() == 0 && last != null && last.cookie() == socket.cookie();
      SocketOwner owner = keeps ? last.owner() : owners.apply(socket);
      SocketOwner confirmed = owner.confirmed(startNanos);
      now.merge(socket.key(), successor(last, socket.key(), socket, confirmed), KnownSocket::merge);
    }
    for (OpenSocket socket : kept) {
      SocketKey alias = ipv4Alias(socket.key());
      if (takesIpv4(socket) && !now.containsKey(alias)) {
        SocketOwner owner = now.get(socket.key()).owner();
        now.put(alias, successor(sockets.get(alias), alias, socket, owner));
      }
    }
    sockets.forEach(
        (key, known) -> {
          boolean there = passedBy.contains(key.namespace());
          KnownSocket closed = there ? known : known.closed(nowNanos);
          if (there && known.owner().isOpen()) {
            now.putIfAbsent(key, known);
          } else if (!known.answer() && nowNanos - closed.owner().closedAtNanos() < LINGER_NANOS) {
            now.putIfAbsent(key, closed);
          }
        });
    sockets.replace(now);
  }

  /** Adds a socket that was asked for after a miss. */
  void learn(SocketKey asked, OpenSocket socket, SocketOwner owner) {
    SocketKey key = socket.key();
    boolean raw = key.localPort() == 0;
    if (!key.isConnected() && (raw || isAmbiguous(key))) {
      sockets.put(asked, KnownSocket.of(owner, socket.cookie(), true));
    } else {
      sockets.put(key, successor(sockets.get(key), key, socket, owner));
      SocketKey alias = ipv4Alias(key);
      if (takesIpv4(socket) && !isOpen(alias)) {
        sockets.put(alias, successor(sockets.get(alias), alias, socket, owner));
      }
    }
  }

  /** What is known of a five-tuple once the owner of one of its sockets is. */
  private KnownSocket successor(
      KnownSocket before, SocketKey key, OpenSocket socket, SocketOwner owner) {
    boolean raw = key.localPort() == 0;
    boolean told = socket.cookie() != 0 && !raw;
    if (before != null && told && before.cookie() == socket.cookie()) {
      return before.confirmed(owner);
    }
    SocketOwner dated = owner.opened(openedAtNanos.applyAsLong(socket));
    if (before != null && before.owners().isFull()) {
      counters.increment(DaemonCounter.OWNERS_FORGOTTEN);
    }
    return before == null || raw
        ? KnownSocket.of(dated, socket.cookie(), false)
        : before.and(dated, socket.cookie(), key.protocol());
  }

  /** Adds a flow that NAT makes look like this host's, though both of its ends are elsewhere. */
  void learnPassing(SocketKey flow, long askedAtNanos) {
    SocketOwner owner = SocketOwner.of(ProcessInfo.PASSING, false).confirmed(askedAtNanos);
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
  void learnClosed(OpenSocket socket, SocketOwner owner, long nowNanos) {
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
          boolean same =
              before != null && before.id().equals(process.id()) && known.owner().isOpen();
          return same && !before.equals(process)
              ? known.with(known.owner().renamed(process))
              : known;
        });
  }

  /** Whether an owner of this socket, which has just been destroyed, would be news. */
  boolean lacksOwner(OpenSocket destroyed) {
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
    return known.cookie() != destroyed.cookie() || known.owner().process() == null;
  }

  /** Whether the process of this five-tuple is known. */
  boolean isOwned(SocketKey key) {
    KnownSocket known = sockets.get(key);
    return known != null && known.owner().process() != null;
  }

  /** Whether somebody listens where this connection has its local end. */
  boolean isAccepted(SocketKey connection) {
    return listeners(connection).anyMatch(known -> known.owner().isOpen());
  }

  private Stream<KnownSocket> listeners(SocketKey connection) {
    int namespace = connection.namespace();
    int protocol = connection.protocol();
    int port = connection.localPort();
    boolean v4 = Segment.isMapped(connection.localHigh(), connection.localLow());
    SocketKey listener =
        SocketKey.bound(namespace, protocol, connection.localHigh(), connection.localLow(), port);
    SocketKey any = SocketKey.bound(namespace, protocol, 0, v4 ? ANY_IPV4_LOW : 0, port);
    return Stream.of(listener, any).map(sockets::get).filter(Objects::nonNull);
  }

  /**
   * Notes that a socket has been destroyed.
   *
   * @param nowNanos when its last descriptor was closed if that is known, or else the time now
   * @return false if it was not known
   */
  boolean destroyed(OpenSocket socket, long nowNanos, boolean exactly) {
    SocketKey key = socket.key();
    Set<SocketKey> keys = new HashSet<>(List.of(key));
    if (takesIpv4(socket)) {
      keys.add(ipv4Alias(key));
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
  private List<SocketKey> formerKeys(OpenSocket socket) {
    SocketKey key = socket.key();
    List<SocketKey> keys = new ArrayList<>(sockets.takeDatagram(socket.cookie()));
    keys.add(
        SocketKey.bound(
            key.namespace(), key.protocol(), key.localHigh(), key.localLow(), key.localPort()));
    keys.add(SocketKey.bound(key.namespace(), key.protocol(), 0, 0, key.localPort()));
    keys.add(ipv4Alias(key));
    return keys;
  }

  /** Notes that raw sockets came or went: whose a later packet is has to be asked again. */
  boolean rawChanged(long nowNanos) {
    Map<SocketKey, KnownSocket> closed = new HashMap<>();
    sockets.forEach(
        (key, known) -> {
          if (key.localPort() == 0 && known.owner().isOpen()) {
            closed.put(key, known.closed(nowNanos));
          }
        });
    closed.forEach(sockets::put);
    return !closed.isEmpty();
  }

  private boolean close(SocketKey key, long cookie, long nowNanos, boolean exactly) {
    KnownSocket known = sockets.get(key);
    if (known == null || known.cookie() != cookie || !known.owner().isOpen()) {
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
    return known != null && known.owner().isOpen();
  }

  SocketTable table(List<ProcessInfo> processes) {
    return sockets.table(processes);
  }

  /**
   * An IPv6 socket bound to any address takes IPv4 too, unless it was told not to. A raw socket,
   * which has no port, never does.
   */
  private static boolean takesIpv4(OpenSocket socket) {
    SocketKey key = socket.key();
    boolean wildcard = key.localHigh() == 0 && key.localLow() == 0 && !key.isConnected();
    return wildcard && key.localPort() != 0 && !socket.v6Only();
  }

  private static SocketKey ipv4Alias(SocketKey key) {
    return SocketKey.bound(key.namespace(), key.protocol(), 0, ANY_IPV4_LOW, key.localPort());
  }
}
