package io.github.pidflow.ownership;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.RateLimit;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockettable.KnownSockets;
import io.github.pidflow.sockettable.SocketScan;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lists the sockets of single UDP ports: those with traffic on which a socket was bound or
 * connected since they were last listed, see {@link ListedPorts}. This costs the kernel a walk over
 * its UDP sockets, and it is done for ports with a known unconnected socket only: elsewhere a
 * lookup of the one socket does.
 */
final class PortListings {
  /** When a new socket is listed again, which a process may have passed on meanwhile. */
  private static final long RECHECK_NANOS = 250_000_000;

  private static final int MAX_WAITING = 4096;

  private final KernelSockets sockets;
  private final OwnerFinder finder;
  private final KnownSockets known;
  private final DaemonCounters counters;

  /** Ports to list, by the key of a socket that is bound to nothing but the port. */
  private final Map<SocketKey, Request> requests = new HashMap<>();

  private int waiting;

  /** Flows that wait for the listing of their port. */
  private record Request(long dueNanos, Set<Miss> misses) {}

  PortListings(
      KernelSockets sockets, OwnerFinder finder, KnownSockets known, DaemonCounters counters) {
    this.sockets = sockets;
    this.finder = finder;
    this.known = known;
    this.counters = counters;
  }

  /** Takes a miss whose port must be listed first; false if it need not be, or not now. */
  boolean take(Miss miss) {
    SocketKey key = miss.key();
    if (known.isCurrent(key) || !known.hasUnconnected(miss) || waiting == MAX_WAITING) {
      return false;
    }
    if (request(port(key), KnownSockets.SETTLE_NANOS).misses.add(miss)) {
      waiting++;
    }
    return true;
  }

  private Request request(SocketKey port, long delayNanos) {
    return requests.computeIfAbsent(
        port, absent -> new Request(System.nanoTime() + delayNanos, new HashSet<>()));
  }

  private static SocketKey port(SocketKey key) {
    return SocketKey.bound(key.namespace(), key.protocol(), 0, 0, key.localPort());
  }

  /**
   * Lists the ports that are due.
   *
   * @param unresolved takes the waiting flows whose owner is still not known
   * @return whether any known socket changed
   */
  boolean listDue(RateLimit limit, Set<Miss> unresolved) throws IOException {
    boolean changed = false;
    long now = System.nanoTime();
    Map<SocketKey, Request> due = new HashMap<>();
    Iterator<Map.Entry<SocketKey, Request>> entries = requests.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<SocketKey, Request> each = entries.next();
      if (each.getValue().dueNanos - now <= 0 && limit.tryAcquire()) {
        due.put(each.getKey(), each.getValue());
        entries.remove();
      }
    }
    for (Map.Entry<SocketKey, Request> each : due.entrySet()) {
      changed |= list(each.getKey());
      waiting -= each.getValue().misses.size();
      each.getValue().misses.stream()
          .filter(miss -> !known.isResolved(miss))
          .forEach(unresolved::add);
    }
    return changed;
  }

  private boolean list(SocketKey port) throws IOException {
    counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS);
    SocketScan.Start start = SocketScan.Start.now();
    List<KernelSocket> open = sockets.dumpPort(port);
    finder.seek(open);
    SocketScan scan = known.beginListing(port, open, start);
    List<KernelSocket> unowned = scan.updateOwned(finder::holder);
    scan.updateUnowned(unowned, finder::ownerOrReason);
    if (scan.hasChanged()) {
      request(port, RECHECK_NANOS);
    }
    return known.endListing(scan, port);
  }

  /** The time until a listing is due; {@code Long.MAX_VALUE} if none is. */
  long idleNanos() {
    long now = System.nanoTime();
    return requests.values().stream()
        .mapToLong(each -> Math.max(0, each.dueNanos - now))
        .min()
        .orElse(Long.MAX_VALUE);
  }
}
