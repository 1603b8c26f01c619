package io.github.pidflow.ownership;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.ConntrackEntry;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockettable.KnownSockets;
import io.github.pidflow.sockettable.Translations;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the sockets of flows whose addresses NAT changes. A packet of such a flow may show a
 * five-tuple that no socket has: that of the packet before or after the translation. Its connection
 * tracking entry tells whose socket's packets have it. Which process owns that socket, at which
 * time, is found in the same way as for any other socket.
 *
 * <p>The kernel may give the five-tuple to another flow when the entry has expired, which takes 10
 * seconds or more without a packet. What is remembered is therefore checked again now and then.
 */
final class TranslatedFlows {
  private static final int MAX_FLOWS = 16_384;

  /** How many of the latest are kept apart, so that not all are indexed again for each. */
  private static final int MAX_FRESH = 64;

  private static final long CHECK_NANOS = 20_000_000_000L;
  private static final int MAX_CHECKS = 2048;

  private final KernelSockets sockets;
  private final KnownSockets known;
  private final DaemonCounters counters;

  /** By flow, those checked longest ago first. */
  private final Map<SocketKey, Translation> byFlow = new LinkedHashMap<>();

  /** Those that {@code indexed} lacks. */
  private final Map<SocketKey, SocketKey> fresh = new HashMap<>();

  private Translations indexed = Translations.NONE;
  private boolean changed;

  private record Translation(SocketKey socket, long checkedNanos) {}

  TranslatedFlows(KernelSockets sockets, KnownSockets known, DaemonCounters counters) {
    this.sockets = sockets;
    this.known = known;
    this.counters = counters;
  }

  /**
   * Asks the kernel whether NAT changes a flow, and remembers its answer.
   *
   * @return the miss of the socket's own five-tuple; the miss itself if NAT does not change it;
   *     empty if the flow is forwarded
   */
  Optional<Miss> ofSocket(Miss miss) throws IOException {
    Optional<ConntrackEntry> entry = entryOf(miss.key());
    if (entry.isPresent()) {
      return translate(miss, entry.get());
    }
    Translation remembered = byFlow.get(miss.key());
    if (remembered != null && !sockets.canFindConntrack(miss)) {
      return Optional.of(new Miss(remembered.socket, miss.interfaceIndex()));
    }
    forget(miss.key());
    return Optional.of(miss);
  }

  /** Not every flow can be looked up, but the own five-tuple of its socket can. */
  private Optional<ConntrackEntry> entryOf(SocketKey flow) {
    Optional<ConntrackEntry> entry = sockets.findConntrack(flow);
    Translation remembered = byFlow.get(flow);
    return entry.isPresent() || remembered == null
        ? entry
        : sockets
            .findConntrack(remembered.socket)
            .filter(each -> each.socketOf(flow).filter(remembered.socket::equals).isPresent());
  }

  /**
   * Queues a miss that the kernel was not asked about; {@link #poll} returns its socket's own miss
   * if NAT changes the flow.
   */
  void request(Miss miss) {
    sockets.requestConntrack(miss);
  }

  /** Returns the misses of the sockets of queued flows whose entry has been found since. */
  Set<Miss> poll() throws IOException {
    Set<Miss> found = new HashSet<>();
    for (Map.Entry<Miss, ConntrackEntry> each : sockets.pollConntrack().entrySet()) {
      translate(each.getKey(), each.getValue()).ifPresent(found::add);
    }
    return found;
  }

  private Optional<Miss> translate(Miss miss, ConntrackEntry entry) throws IOException {
    SocketKey flow = miss.key();
    Optional<SocketKey> socket = entry.socketOf(flow);
    if (socket.isEmpty()) {
      forget(flow);
      return Optional.of(miss);
    }
    Miss own = new Miss(socket.get(), miss.interfaceIndex());
    if (!sockets.isLocal(own.key()) && !hasSocket(own)) {
      forget(flow);
      known.addForwarded(flow, BootClock.steadyNanos());
      changed = true;
      return Optional.empty();
    }
    // The socket's packets may be seen under another of these keys, which cannot be looked up.
    entry.flowsOf(own.key()).forEach(each -> remember(each, own.key()));
    return Optional.of(own);
  }

  private boolean hasSocket(Miss miss) throws IOException {
    return sockets.canFind(miss)
        && sockets.find(miss).map(KernelSocket::key).filter(SocketKey::isConnected).isPresent();
  }

  private void remember(SocketKey flow, SocketKey socket) {
    Translation before = byFlow.remove(flow);
    byFlow.put(flow, new Translation(socket, System.nanoTime()));
    if (before == null || !before.socket.equals(socket)) {
      fresh.put(flow, socket);
      changed = true;
    }
    if (byFlow.size() > MAX_FLOWS) {
      counters.increment(DaemonCounter.TRANSLATIONS_FORGOTTEN);
      forget(byFlow.keySet().iterator().next());
    }
    if (fresh.size() > MAX_FRESH) {
      index();
    }
  }

  /** Forgets a flow whose packets have their socket's own five-tuple. */
  void forget(SocketKey flow) {
    if (byFlow.remove(flow) != null) {
      index();
    }
  }

  private void index() {
    Map<SocketKey, SocketKey> all = new HashMap<>();
    byFlow.forEach((flow, translation) -> all.put(flow, translation.socket));
    indexed = Translations.of(all);
    fresh.clear();
    changed = true;
  }

  /** Checks the entries of flows that were checked longest ago; forgets those that have expired. */
  void check() {
    long now = System.nanoTime();
    Map<SocketKey, Translation> valid = new HashMap<>();
    Iterator<Map.Entry<SocketKey, Translation>> oldest = byFlow.entrySet().iterator();
    boolean expired = false;
    for (int checks = 0; checks < MAX_CHECKS && oldest.hasNext(); checks++) {
      Map.Entry<SocketKey, Translation> each = oldest.next();
      SocketKey socket = each.getValue().socket;
      if (now - each.getValue().checkedNanos < CHECK_NANOS) {
        break;
      }
      boolean still =
          entryOf(each.getKey())
              .flatMap(entry -> entry.socketOf(each.getKey()))
              .filter(socket::equals)
              .isPresent();
      if (still) {
        valid.put(each.getKey(), new Translation(socket, now));
      }
      expired |= !still;
      oldest.remove();
    }
    byFlow.putAll(valid);
    if (expired) {
      index();
    }
  }

  /** Whether {@link #latest} changed since the last call. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  Translations latest() {
    return indexed.with(fresh);
  }
}
