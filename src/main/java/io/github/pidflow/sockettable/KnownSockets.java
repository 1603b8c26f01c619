package io.github.pidflow.sockettable;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.function.ToLongFunction;

/**
 * All known sockets and their owners, from which {@link SocketTable}s are made: those that the last
 * scan found, those added since, and closed ones that late packets may still belong to.
 */
public final class KnownSockets {
  /** How long after the report of a change a port can be listed. */
  public static final long SETTLE_NANOS = ListedPorts.SETTLE_NANOS;

  private final ToLongFunction<KernelSocket> openedAtNanos;
  private final DaemonCounters counters;
  private final SocketLimit limit;
  private final SocketLayers sockets;
  private ScanTimes scans = ScanTimes.NONE;
  private ListedPorts listed = ListedPorts.UNREPORTED;

  /**
   * @param openedAtNanos when a socket was created, {@link SocketOwner#EVER} if that is unknown
   */
  public KnownSockets(ToLongFunction<KernelSocket> openedAtNanos, DaemonCounters counters) {
    this.openedAtNanos = openedAtNanos;
    this.counters = counters;
    limit = new SocketLimit(counters);
    sockets = new SocketLayers(limit);
  }

  /** Learns from now on which ports change between scans. */
  public void follow(IntToLongFunction changes) {
    listed = ListedPorts.of(changes);
  }

  /**
   * Begins to update the known sockets from a dump.
   *
   * @param start when the dump began
   */
  public SocketScan beginScan(List<KernelSocket> dumped, SocketScan.Start start) {
    return new SocketScan(sockets.fold(), dumped, this, start);
  }

  /**
   * Ends a scan whose dumped sockets have been updated.
   *
   * @param skipped the namespaces that were not dumped: their sockets stay as they are
   * @param nowNanos when the dump was complete
   */
  public void endScan(SocketScan scan, Set<Integer> skipped, long nowNanos) {
    scan.updateIpv4Aliases();
    scan.closeAbsent(skipped, nowNanos);
    scans = scans.next(scan.start().steadyNanos(), skipped);
    listed = listed.scanned(listed.bootScans().next(scan.start().bootNanos(), skipped), scans);
    if (scan.hasChanged()) {
      sockets.markChanged();
    }
  }

  /** The known sockets of a port, except for what is known of single flows only. */
  private Map<SocketKey, KnownSocket> ofPort(SocketKey port) {
    Map<SocketKey, KnownSocket> found = new HashMap<>();
    sockets.forEach(
        (key, known) -> {
          if (key.isSamePort(port) && !known.answer() && !known.owner().isForwarded()) {
            found.put(key, known);
          }
        });
    return found;
  }

  /** Begins to update the known sockets of a port. */
  public SocketScan beginListing(SocketKey port, List<KernelSocket> open, SocketScan.Start start) {
    return new SocketScan(ofPort(port), open, this, start);
  }

  /**
   * Ends the update of a port's sockets.
   *
   * @return whether any of them changed
   */
  public boolean endListing(SocketScan scan, SocketKey port) {
    long nowNanos = BootClock.steadyNanos();
    scan.updateIpv4Aliases();
    scan.closeAbsent(Set.of(), nowNanos);
    scan.forEach(
        (key, known) -> {
          if (!known.equals(sockets.get(key))) {
            sockets.put(key, known);
          }
        });
    // What came since the change may have gone to another socket of the group.
    closeAnswers(port, Math.min(nowNanos, listed.changedSteadyNanos(port, nowNanos)));
    listed = listed.listed(port, scan.start());
    return scan.hasChanged();
  }

  /** Forgets which socket of a group got each flow: a group that changes spreads them anew. */
  private void closeAnswers(SocketKey port, long nowNanos) {
    Map<SocketKey, KnownSocket> closed = new HashMap<>();
    sockets.forEach(
        (key, known) -> {
          if (key.isSamePort(port) && known.isGroupAnswer() && known.isOpen()) {
            closed.put(key, known.closed(nowNanos));
          }
        });
    closed.forEach(sockets::put);
  }

  /** Whether all sockets of the port of a five-tuple are known. */
  public boolean isCurrent(SocketKey key) {
    return listed.isCurrent(key);
  }

  /** Whether the owner of the flow of a miss is known. */
  public boolean isResolved(Miss miss) {
    SocketKey key = miss.key();
    return isResolved(key.on(miss.interfaceIndex()))
        || (miss.vrfIndex() != 0 && isResolved(key.on(miss.vrfIndex())))
        || isResolved(key);
  }

  private boolean isResolved(SocketKey flow) {
    KnownSocket known = sockets.get(flow);
    if (known != null) {
      return known.owner().process() != null && (known.isOpen() || !known.answer());
    }
    return isOpen(flow.withoutRemote()) ? isOwned(flow.withoutRemote()) : isOwned(flow.wildcard());
  }

  /**
   * Adds a newly found owner to the history of a five-tuple.
   *
   * @param before the five-tuple so far, null if it is new
   * @param key the socket's five-tuple, or its IPv4 alias
   */
  KnownSocket append(KnownSocket before, SocketKey key, KernelSocket socket, SocketOwner owner) {
    KnownSocket now = alone(before, socket, owner);
    if (before == null || socket.isRaw() || before.isSame(socket)) {
      return now;
    }
    if (before.owners().isFull()) {
      counters.increment(DaemonCounter.OWNERS_FORGOTTEN);
    }
    return before.and(now.owner(), socket.cookie(), key.protocol());
  }

  /** The socket without others that have or had its five-tuple. */
  KnownSocket alone(KnownSocket before, KernelSocket socket, SocketOwner owner) {
    return before != null && before.isSame(socket)
        ? before.confirmed(owner)
        : KnownSocket.of(owner.opened(openedAtNanos.applyAsLong(socket)), socket.cookie(), false);
  }

  /** Adds a socket that was looked up for a miss. */
  public void add(SocketKey missed, KernelSocket socket, SocketOwner owner) {
    SocketKey key = socket.key();
    if (!key.isConnected() && (socket.isRaw() || isAmbiguous(key))) {
      sockets.put(missed.on(key.device()), KnownSocket.of(owner, socket.cookie(), true));
    } else {
      sockets.put(key, append(sockets.get(key), key, socket, owner));
      SocketKey alias = socket.ipv4Alias();
      if (socket.takesIpv4() && !isOpen(alias)) {
        sockets.put(alias, append(sockets.get(alias), alias, socket, owner));
      }
    }
  }

  /** Adds a flow that NAT gave an address of this host, though both of its ends are elsewhere. */
  public void addForwarded(SocketKey flow, long askedAtNanos) {
    SocketOwner owner = SocketOwner.ofForwarded().confirmed(askedAtNanos);
    sockets.put(flow, KnownSocket.of(owner, 0, false));
  }

  /** Adds a flow of raw sockets. */
  public void addRaw(SocketKey flow, OwnerHistory owners) {
    sockets.put(flow, new KnownSocket(owners, 0, false));
  }

  /** Adds a socket that was not known while it was open. */
  public void addClosed(KernelSocket socket, SocketOwner owner, long closedAtNanos) {
    add(socket.key(), socket, owner.confirmed(closedAtNanos).closed(closedAtNanos));
  }

  /**
   * Updates the owners of open sockets after renames, in one pass for all processes. Sockets that a
   * process has closed keep the old name: the process did not use them under the new one.
   *
   * @return whether any socket's owner was renamed
   */
  public boolean rename(Collection<ProcessInfo> processes) {
    Map<ProcessId, ProcessInfo> latest = new HashMap<>();
    processes.forEach(each -> latest.put(each.id(), each));
    return !latest.isEmpty()
        && sockets.replaceAll(
            known -> {
              ProcessInfo before = known.owner().process();
              ProcessInfo now = before == null ? null : latest.get(before.id());
              return now != null && known.isOpen() && !now.equals(before)
                  ? known.with(known.owner().renamed(now))
                  : known;
            });
  }

  /** Whether the owner of a socket that was just destroyed is unknown, and of any use. */
  public boolean lacksOwner(KernelSocket destroyed) {
    SocketKey key = destroyed.key();
    if (key.protocol() == Protocol.TCP && !key.isConnected()) {
      // A listener has no traffic, and a connection that lost its five-tuple cannot be matched.
      return false;
    }
    KnownSocket known = sockets.get(key);
    if (known == null) {
      return true;
    }
    // Packets of a socket that is no longer the latest may still be parked.
    return known.cookie() != destroyed.cookie() || known.owner().process() == null;
  }

  /** Whether this socket, and not an earlier one with its five-tuple, is known. */
  public boolean contains(KernelSocket socket) {
    KnownSocket known = sockets.get(socket.key());
    return known != null && known.isSame(socket);
  }

  /** Whether a process is known as the owner of this socket. */
  public boolean isOwnedBy(KernelSocket socket, ProcessInfo process) {
    KnownSocket known = sockets.get(socket.key());
    return known != null && known.isSame(socket) && process.equals(known.owner().process());
  }

  /** Whether the process that owns this five-tuple is known. */
  public boolean isOwned(SocketKey key) {
    KnownSocket known = sockets.get(key);
    return known != null && known.owner().process() != null;
  }

  /** Whether a socket is open at the local end of a five-tuple that has no remote end. */
  public boolean hasUnconnected(SocketKey key) {
    return isOpen(key.withoutRemote()) || isOpen(key.wildcard());
  }

  /** The same for sockets that are bound to the interface of a miss, or to none. */
  public boolean hasUnconnected(Miss miss) {
    SocketKey key = miss.key();
    return hasUnconnected(key)
        || hasUnconnected(key.on(miss.interfaceIndex()))
        || (miss.vrfIndex() != 0 && hasUnconnected(key.on(miss.vrfIndex())));
  }

  /**
   * Closes a socket that the kernel has destroyed.
   *
   * @param atNanos when its last descriptor was closed, if that is known, and otherwise the time
   *     now
   * @param exactly whether it is known
   * @return false if the socket was not known
   */
  public boolean close(KernelSocket socket, long atNanos, boolean exactly) {
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
      closed |= close(each, socket.cookie(), atNanos, exactly);
      if (isAmbiguous(each)) {
        closeAnswers(each, atNanos);
      }
    }
    return closed;
  }

  /** Other keys of a datagram socket: those it had before it was connected, and single answers. */
  private List<SocketKey> formerKeys(KernelSocket socket) {
    SocketKey key = socket.key();
    List<SocketKey> keys = new ArrayList<>(sockets.removeDatagramKeys(socket.cookie()));
    keys.add(key.withoutRemote());
    keys.add(SocketKey.bound(key.namespace(), key.protocol(), 0, 0, key.localPort()));
    keys.addAll(keys.stream().map(each -> each.on(key.device())).toList());
    // It may have been bound to an interface since.
    keys.add(key.withoutRemote().on(0));
    keys.add(socket.ipv4Alias());
    return keys;
  }

  private boolean close(SocketKey key, long cookie, long atNanos, boolean exactly) {
    KnownSocket known = sockets.get(key);
    if (known == null || known.cookie() != cookie || !known.isOpen()) {
      return false;
    }
    // A connection's five-tuple cannot be reused before it is destroyed, however early it is
    // closed.
    boolean confirms = exactly || key.protocol() == Protocol.TCP;
    SocketOwner owner = confirms ? known.owner().confirmed(atNanos) : known.owner();
    sockets.put(key, known.with(owner.closed(atNanos)));
    return true;
  }

  /**
   * Closes all raw flows after a raw socket was opened or closed, so that later packets are looked
   * up again.
   *
   * @return whether there were any
   */
  public boolean closeRaw(long nowNanos) {
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

  /** Whether sockets of different processes are bound to this local end. */
  boolean isAmbiguous(SocketKey key) {
    KnownSocket known = sockets.get(key);
    return known != null && known.owner().reason() == UnattributedReason.AMBIGUOUS;
  }

  private boolean isOpen(SocketKey key) {
    KnownSocket known = sockets.get(key);
    return known != null && known.isOpen();
  }

  public SocketTable table(List<ProcessInfo> processes) {
    return sockets.table(processes).withScans(scans, listed);
  }
}
