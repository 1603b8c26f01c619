package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Everything known of sockets and their owners, from which {@link SocketTable}s are published: what
 * the last scan found, what was learnt since, and what has closed but may still be heard of.
 */
final class KnownSockets {
  /** TIME_WAIT, the longest a closed connection is heard of. */
  private static final long LINGER_NANOS = 60_000_000_000L;

  private static final int MAX_LEARNT = 1024;
  private static final long ANY_IPV4_LOW = Segment.mapped(0);

  private Map<SocketKey, Known> scanned = new HashMap<>();
  private final Map<SocketKey, Known> learnt = new HashMap<>();
  private SocketTable.Layer scannedLayer = SocketTable.Layer.of(Map.of());

  /**
   * One five-tuple.
   *
   * @param cookie of the socket, 0 if there are several or it is not known
   * @param answer whether it is the kernel's answer for one remote end of a socket that is not
   *     connected, which the next scan forgets
   */
  private record Known(SocketOwner owner, long cookie, boolean answer) {
    static Known merge(Known one, Known other) {
      SocketOwner a = one.owner;
      SocketOwner b = other.owner;
      boolean same = a.process() != null && a.process().equals(b.process());
      SocketOwner owner =
          same
              ? new SocketOwner(
                  a.process(),
                  null,
                  a.shared() || b.shared(),
                  Math.min(a.confirmedAtNanos(), b.confirmedAtNanos()),
                  Math.max(a.closedAtNanos(), b.closedAtNanos()))
              : SocketOwner.none(UnattributedReason.AMBIGUOUS);
      return new Known(owner, 0, false);
    }

    Known closed(long atNanos) {
      return owner.isOpen() ? new Known(owner.closed(atNanos), cookie, answer) : this;
    }
  }

  /**
   * Replaces what was known by the sockets of a dump; those no longer there are closed.
   *
   * @param startNanos when the dump was begun, in nanoseconds since the epoch like the next
   * @param nowNanos when it was done
   */
  void scanned(
      List<OpenSocket> sockets,
      Function<OpenSocket, SocketOwner> owners,
      long startNanos,
      long nowNanos) {
    Map<SocketKey, Known> before = scanned;
    before.putAll(learnt);
    learnt.clear();
    Map<SocketKey, Known> now = new HashMap<>(sockets.size() * 2);
    for (OpenSocket socket : sockets) {
      Known last = before.get(socket.key());
      // A socket without a file is one its process has closed: it stays that process's to its end.
      boolean keeps = socket.inode() == 0 && last != null && last.cookie == socket.cookie();
      SocketOwner owner = keeps ? last.owner : owners.apply(socket);
      Known known = new Known(owner.confirmed(startNanos), socket.cookie(), false);
      now.merge(socket.key(), known, Known::merge);
    }
    for (OpenSocket socket : sockets) {
      if (takesIpv4(socket)) {
        now.putIfAbsent(ipv4Alias(socket.key()), now.get(socket.key()));
      }
    }
    before.forEach(
        (key, known) -> {
          Known closed = known.closed(nowNanos);
          if (!known.answer && nowNanos - closed.owner.closedAtNanos() < LINGER_NANOS) {
            now.putIfAbsent(key, closed);
          }
        });
    scanned = now;
    buildScannedLayer();
  }

  /** Adds a socket that was asked for after a miss. */
  void learn(SocketKey asked, OpenSocket socket, SocketOwner owner) {
    SocketKey key = socket.key();
    Known known = new Known(owner, socket.cookie(), false);
    boolean raw = key.localPort() == 0;
    if (!key.isConnected() && (raw || isAmbiguous(key))) {
      learnt.put(asked, new Known(owner, socket.cookie(), true));
    } else {
      learnt.put(key, known);
      if (takesIpv4(socket) && !isOpen(ipv4Alias(key))) {
        learnt.put(ipv4Alias(key), known);
      }
    }
    keepLearntSmall();
  }

  private void keepLearntSmall() {
    if (learnt.size() > MAX_LEARNT) {
      scanned.putAll(learnt);
      learnt.clear();
      buildScannedLayer();
    }
  }

  /** Adds a flow that NAT makes look like this host's, though both of its ends are elsewhere. */
  void learnPassing(SocketKey flow, long askedAtNanos) {
    SocketOwner owner = SocketOwner.of(ProcessInfo.PASSING, false).confirmed(askedAtNanos);
    learnt.put(flow, new Known(owner, 0, false));
    keepLearntSmall();
  }

  /** Adds a flow of a socket that has another five-tuple, before NAT or after it. */
  void learnTranslated(SocketKey flow, SocketOwner owner) {
    learnt.put(flow, new Known(owner, 0, true));
    keepLearntSmall();
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
    rename(learnt, process);
    if (rename(scanned, process)) {
      buildScannedLayer();
    }
  }

  private static boolean rename(Map<SocketKey, Known> sockets, ProcessInfo process) {
    boolean changed = false;
    for (Map.Entry<SocketKey, Known> each : sockets.entrySet()) {
      Known known = each.getValue();
      ProcessInfo before = known.owner.process();
      boolean same = before != null && before.id().equals(process.id()) && known.owner.isOpen();
      if (same && !before.equals(process)) {
        SocketOwner owner = SocketOwner.of(process, known.owner.shared());
        each.setValue(new Known(owner, known.cookie, known.answer));
        changed = true;
      }
    }
    return changed;
  }

  /** Whether an owner of this socket, which has just been destroyed, would be news. */
  boolean lacksOwner(OpenSocket destroyed) {
    Known known = known(destroyed.key());
    if (known == null) {
      return true;
    }
    boolean same = known.cookie == destroyed.cookie();
    return same ? known.owner.process() == null : !known.owner.isOpen();
  }

  /** The owner of the listener a connection was accepted from, if it is known and sole. */
  Optional<SocketOwner> acceptor(SocketKey connection) {
    int namespace = connection.namespace();
    int protocol = connection.protocol();
    int port = connection.localPort();
    boolean v4 = Segment.isMapped(connection.localHigh(), connection.localLow());
    SocketKey listener =
        SocketKey.bound(namespace, protocol, connection.localHigh(), connection.localLow(), port);
    SocketKey any = SocketKey.bound(namespace, protocol, 0, v4 ? ANY_IPV4_LOW : 0, port);
    return Stream.of(listener, any)
        .map(this::known)
        .filter(Objects::nonNull)
        .map(Known::owner)
        .filter(owner -> owner.process() != null && !owner.shared() && owner.isOpen())
        .findFirst();
  }

  /** Notes that a socket has been destroyed; false if it was not known. */
  boolean destroyed(OpenSocket socket, long nowNanos) {
    boolean closed = close(socket.key(), socket.cookie(), nowNanos);
    if (takesIpv4(socket)) {
      closed |= close(ipv4Alias(socket.key()), socket.cookie(), nowNanos);
    }
    return closed;
  }

  /** Notes that raw sockets came or went: whose a later packet is has to be asked again. */
  boolean rawChanged(long nowNanos) {
    Map<SocketKey, Known> closed = new HashMap<>();
    for (Map<SocketKey, Known> each : List.of(scanned, learnt)) {
      each.forEach(
          (key, known) -> {
            if (key.localPort() == 0 && known.owner.isOpen()) {
              closed.put(key, known.closed(nowNanos));
            }
          });
    }
    learnt.putAll(closed);
    return !closed.isEmpty();
  }

  private boolean close(SocketKey key, long cookie, long nowNanos) {
    Known known = known(key);
    if (known == null || known.cookie != cookie || !known.owner.isOpen()) {
      return false;
    }
    SocketOwner owner = known.owner.confirmed(nowNanos).closed(nowNanos);
    learnt.put(key, new Known(owner, cookie, known.answer));
    return true;
  }

  /** Whether several sockets, of different processes, have this local end. */
  boolean isAmbiguous(SocketKey key) {
    Known known = known(key);
    return known != null && known.owner.reason() == UnattributedReason.AMBIGUOUS;
  }

  private boolean isOpen(SocketKey key) {
    Known known = known(key);
    return known != null && known.owner.isOpen();
  }

  SocketTable table(List<ProcessInfo> processes) {
    return new SocketTable(scannedLayer, layer(learnt), processes);
  }

  private Known known(SocketKey key) {
    Known known = learnt.get(key);
    return known != null ? known : scanned.get(key);
  }

  private void buildScannedLayer() {
    scannedLayer = layer(scanned);
  }

  private static SocketTable.Layer layer(Map<SocketKey, Known> sockets) {
    Map<SocketKey, SocketOwner> owners = new HashMap<>(sockets.size() * 2);
    sockets.forEach((key, known) -> owners.put(key, known.owner));
    return SocketTable.Layer.of(owners);
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
