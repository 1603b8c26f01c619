package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.processes.ServiceManagers;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.RateLimit;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockettable.KnownSockets;
import io.github.pidflow.sockettable.OwnerHistory;
import io.github.pidflow.sockettable.SocketOwner;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/**
 * Looks up the owners of misses: the socket in the kernel, then its holder in the fd tables of
 * likely processes. A holder just found is checked again soon, since sockets are passed on when
 * they are new. A miss without an owner is left to the next scan.
 */
final class MissLookup {
  /**
   * The holder of a connection that was just accepted may be about to pass it to a child or a
   * worker: it is the owner only if it still holds the connection after this time, which is enough
   * for a fork on a busy machine.
   */
  private static final long CONFIRM_NANOS = 100_000_000;

  /** When to check the holder of any other socket again, which is its owner until then. */
  private static final long RECHECK_NANOS = 250_000_000;

  /** How often to look for the service that a manager starts for a connection. */
  private static final long HAND_OVER_NANOS = 20_000_000;

  /** The bound of each queue here; what exceeds it is left to the next scan. */
  private static final int MAX_PENDING = 4096;

  /** How long the destroy event and the closer's note of a connection may take. */
  private static final long NOTE_NANOS = 300_000_000;

  private final RateLimit limit;
  private final DaemonCounters counters;
  private final ScanSchedule schedule;
  private final KernelSockets sockets;
  private final OwnerFinder finder;
  private final KnownSockets known;
  private final TranslatedFlows translatedFlows;
  private final PacketSenders packetSenders;
  private final PortListings listings;

  /** Cookies of accepted connections whose holder is to be confirmed. */
  private final Set<Long> unconfirmed = new HashSet<>();

  private final Map<KernelSocket, Pending> pending = new HashMap<>();
  private final Deque<LostConnection> lost = new ArrayDeque<>();
  private final Queue<Recheck> rechecks =
      new PriorityQueue<>((one, other) -> Long.signum(one.dueNanos - other.dueNanos));

  /**
   * A holder to check again.
   *
   * @param owner the last holder seen that is no service manager; null if none
   * @param confirmed whether it is the owner; false if it is to be confirmed first
   */
  private record Recheck(
      Miss miss,
      KernelSocket socket,
      SocketOwner owner,
      boolean confirmed,
      long askedAtNanos,
      long dueNanos) {}

  /** A connection to a known listener that the kernel no longer has, or that has no holder. */
  private record LostConnection(SocketKey key, long dueNanos) {}

  /** A lookup of a socket whose holder the walk under way may find. */
  private record Pending(Miss miss, long askedAtNanos) {}

  MissLookup(
      OwnershipSettings settings,
      DaemonCounters counters,
      ScanSchedule schedule,
      KernelSockets sockets,
      OwnerFinder finder,
      KnownSockets known,
      PacketSenders packetSenders) {
    limit = new RateLimit(settings.lookupsPerSecond(), System::nanoTime);
    this.counters = counters;
    this.schedule = schedule;
    this.sockets = sockets;
    this.finder = finder;
    this.known = known;
    this.packetSenders = packetSenders;
    translatedFlows = new TranslatedFlows(sockets, known, counters);
    listings = new PortListings(sockets, finder, known, counters);
  }

  void apply(OwnershipSettings settings) {
    limit.permitsPerSecond(settings.lookupsPerSecond());
  }

  /**
   * Looks up a batch of misses.
   *
   * @return whether the known sockets or the packet sender changed
   */
  boolean lookUp(Set<Miss> batch) throws IOException {
    batch.removeIf(listings::take);
    return lookUpSockets(batch);
  }

  /** Lists the ports that are due, and looks up the flows that this leaves unresolved. */
  boolean listPorts() throws IOException {
    Set<Miss> unresolved = new LinkedHashSet<>();
    boolean changed = listings.listDue(limit, unresolved);
    changed |= lookUpSockets(unresolved);
    return changed;
  }

  /** Looks up the flows that were found in a connection tracking table since. */
  boolean lookUpTranslated() throws IOException {
    return lookUp(translatedFlows.poll());
  }

  /** The flows whose addresses NAT changes. */
  TranslatedFlows translatedFlows() {
    return translatedFlows;
  }

  /** Lookups of what a port scan may have sent leave half of the permits to others. */
  private boolean tryAcquire(Miss miss) {
    return miss.expected() ? limit.tryAcquire() : limit.tryAcquireSpare();
  }

  private boolean lookUpSockets(Set<Miss> batch) throws IOException {
    long askedAtNanos = BootClock.steadyNanos();
    Map<Miss, KernelSocket> found = new HashMap<>();
    Map<Miss, List<KernelSocket>> raw = new HashMap<>();
    boolean noSocket = false;
    for (Miss miss : batch) {
      boolean canFind = sockets.canFind(miss);
      if (!canFind && !KernelSocket.mayBeRaw(miss.key().protocol())) {
        leaveToScan(miss);
      } else if (!tryAcquire(miss)) {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_LIMITED);
        leaveToScan(miss);
      } else {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS);
        Optional<KernelSocket> socket = canFind ? sockets.find(miss) : Optional.empty();
        Optional<Miss> own = beforeNat(miss, socket);
        if (own.isPresent() && (own.get().equals(miss) || !listings.take(own.get()))) {
          Miss sought = own.get();
          if (!canFind) {
            socket = findSole(sought, raw);
          } else if (!sought.equals(miss)) {
            socket = sockets.find(sought);
          }
          noSocket |= socket.isEmpty();
          socket
              .filter(each -> isOwnable(sought, each))
              .ifPresentOrElse(each -> found.put(sought, each), () -> notFound(sought));
        }
      }
    }
    Set<KernelSocket> all = new HashSet<>(found.values());
    raw.values().forEach(all::addAll);
    finder.seek(all);
    boolean changed = noSocket && packetSenders.refresh(sockets, finder);
    for (Map.Entry<Miss, KernelSocket> each : found.entrySet()) {
      changed |= resolve(each.getKey(), each.getValue(), askedAtNanos);
    }
    for (Map.Entry<Miss, List<KernelSocket>> each : raw.entrySet()) {
      changed |= resolveRaw(each.getKey(), each.getValue(), askedAtNanos);
    }
    return changed;
  }

  private void leaveToScan(Miss miss) {
    schedule.noteLeftover();
    translatedFlows.request(miss);
  }

  /**
   * The miss of the socket's own five-tuple, if NAT has changed it; empty if the flow is forwarded.
   *
   * @param socket what the kernel has for the five-tuple of the packet
   */
  private Optional<Miss> beforeNat(Miss miss, Optional<KernelSocket> socket) throws IOException {
    if (socket.isPresent() && socket.get().key().isConnected()) {
      translatedFlows.forget(miss.key());
      return Optional.of(miss);
    }
    return translatedFlows.ofSocket(miss);
  }

  private void notFound(Miss miss) {
    translatedFlows.request(miss);
    if (miss.key().protocol() == Protocol.TCP && known.hasUnconnected(miss.key())) {
      noteLost(miss.key());
    }
  }

  /** If the kernel notes closers, the owner is known soon; otherwise the listener may be it. */
  private void noteLost(SocketKey connection) {
    if (finder.notesClosings() && lost.size() < MAX_PENDING) {
      lost.add(new LostConnection(connection, System.nanoTime() + NOTE_NANOS));
    } else {
      schedule.requestFullWalk(System.nanoTime());
    }
  }

  private void checkLost() {
    for (LostConnection next = lost.peek();
        next != null && next.dueNanos - System.nanoTime() <= 0;
        next = lost.peek()) {
      lost.remove();
      if (!known.isOwned(next.key)) {
        schedule.requestFullWalk(System.nanoTime());
      }
    }
  }

  /**
   * The only raw socket that may have sent or received the packet. If the kernel notes raw sockets,
   * packets that may belong to any of them go to {@code raw}, to be attributed by time; otherwise
   * several candidates are left to the next scan.
   */
  private Optional<KernelSocket> findSole(Miss miss, Map<Miss, List<KernelSocket>> raw)
      throws IOException {
    List<KernelSocket> candidates = sockets.candidates(miss);
    int echoId = miss.key().localPort();
    if (finder.rawOwners() != null) {
      List<KernelSocket> same =
          candidates.stream()
              .filter(each -> echoId != 0 && each.key().localPort() == echoId)
              .toList();
      if (same.size() != 1) {
        raw.put(miss, candidates);
        return Optional.empty();
      }
      return Optional.of(same.get(0));
    }
    if (candidates.size() > 1) {
      schedule.noteLeftover();
      return Optional.empty();
    }
    return candidates.stream().findFirst();
  }

  private boolean resolveRaw(Miss miss, List<KernelSocket> open, long askedAtNanos) {
    List<ProcessInfo> holders =
        open.stream()
            .flatMap(socket -> finder.holder(socket).stream())
            .map(SocketOwner::process)
            .toList();
    OwnerHistory owners =
        finder.rawOwners().of(miss.key(), sockets.netnsCookie(miss), holders, askedAtNanos);
    if (owners == null) {
      return false;
    }
    counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
    known.addRaw(miss.key(), owners);
    return true;
  }

  /** False if the kernel answered with the listener because it does not have the connection. */
  private static boolean isOwnable(Miss miss, KernelSocket socket) {
    return miss.key().protocol() != Protocol.TCP || socket.key().isConnected();
  }

  private boolean resolve(Miss miss, KernelSocket socket, long askedAtNanos) {
    Optional<SocketOwner> holder = finder.holder(socket);
    if (holder.isPresent() && mayBePassedOn(socket)) {
      // The flow may miss again meanwhile.
      if (socket.cookie() == 0 || unconfirmed.add(socket.cookie())) {
        recheckIn(CONFIRM_NANOS, miss, socket, holder.get(), false, askedAtNanos);
      }
      return false;
    }
    if (finder.isBeingHandedOver(socket)) {
      if (unconfirmed.add(socket.cookie())) {
        recheckIn(HAND_OVER_NANOS, miss, socket, null, false, askedAtNanos);
      }
      return false;
    }
    // Without a holder, its process has closed it or has ended.
    Optional<SocketOwner> owner = holder.or(() -> finder.noted(socket));
    if (owner.isPresent()) {
      counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
      known.add(miss.key(), socket, owner.get().confirmed(askedAtNanos));
    } else if (socket.inode() != 0 && !finder.isGivenUp(socket)) {
      schedule.noteLeftover();
      awaitWalk(miss, socket, askedAtNanos);
    }
    if (owner.isEmpty() && known.hasUnconnected(socket.key())) {
      noteLost(socket.key());
    }
    holder.ifPresent(each -> recheckIn(RECHECK_NANOS, miss, socket, each, true, askedAtNanos));
    return owner.isPresent();
  }

  private void awaitWalk(Miss miss, KernelSocket socket, long askedAtNanos) {
    if (finder.isWalking() && pending.size() < MAX_PENDING) {
      pending.put(socket, new Pending(miss, askedAtNanos));
    }
  }

  /** Resolves the lookups that a walk was to complete; returns whether an owner was found. */
  boolean retryAfterWalk() {
    Map<KernelSocket, Pending> latest = Map.copyOf(pending);
    pending.clear();
    boolean changed = false;
    for (Map.Entry<KernelSocket, Pending> each : latest.entrySet()) {
      Pending lookup = each.getValue();
      changed |= resolve(lookup.miss, each.getKey(), lookup.askedAtNanos);
    }
    return changed;
  }

  /**
   * Adds a closed connection that a service held when it was last checked, and its manager for it.
   */
  private boolean addServed(KernelSocket socket, SocketOwner service) {
    OptionalLong closed = finder.closedAtNanos(socket);
    boolean served =
        service != null
            && service.process() != null
            && closed.isPresent()
            && finder.isClosedByManager(socket)
            && !ServiceManagers.contain(service.process());
    if (served) {
      counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
      known.addClosed(socket, service, closed.getAsLong());
    }
    return served;
  }

  /**
   * Whether to leave a socket without an owner for now: its holder is not confirmed, or it was just
   * accepted and its first miss will have the holder confirmed.
   */
  boolean awaitsConfirmation(KernelSocket socket) {
    return unconfirmed.contains(socket.cookie())
        || (finder.notesClosings() && !known.contains(socket) && mayBePassedOn(socket));
  }

  private boolean mayBePassedOn(KernelSocket socket) {
    if (socket.key().protocol() != Protocol.TCP) {
      return false;
    }
    // A socket without a creator was accepted, perhaps from a listener that is not known yet.
    boolean uncreated = finder.notesCreations() && finder.openedAtNanos(socket) == SocketOwner.EVER;
    return uncreated || known.hasUnconnected(socket.key());
  }

  private void recheckIn(
      long nanos,
      Miss miss,
      KernelSocket socket,
      SocketOwner owner,
      boolean confirmed,
      long askedAtNanos) {
    long dueNanos = System.nanoTime() + nanos;
    rechecks.add(new Recheck(miss, socket, owner, confirmed, askedAtNanos, dueNanos));
  }

  /** The time until a check is due; {@code Long.MAX_VALUE} if none is planned. */
  long idleNanos() {
    LostConnection next = lost.peek();
    long nanos = next == null ? Long.MAX_VALUE : next.dueNanos - System.nanoTime();
    return Math.max(0, Math.min(nanos, Math.min(recheckNanos(), listings.idleNanos())));
  }

  private long recheckNanos() {
    Recheck next = rechecks.peek();
    return next == null ? Long.MAX_VALUE : next.dueNanos - System.nanoTime();
  }

  /** Does the checks that are due; returns whether an owner changed. */
  boolean recheck() {
    checkLost();
    List<Recheck> due = new ArrayList<>();
    while (recheckNanos() <= 0) {
      due.add(rechecks.remove());
    }
    finder.seek(due.stream().map(Recheck::socket).toList());
    boolean changed = false;
    for (Recheck recheck : due) {
      changed |= recheck(recheck);
    }
    return changed;
  }

  private boolean recheck(Recheck recheck) {
    KernelSocket socket = recheck.socket;
    Optional<SocketOwner> holder = finder.reloadHolder(socket);
    if (holder.isEmpty() && finder.isBeingHandedOver(socket)) {
      // A service that has ended was the owner, unless another one inherits the connection.
      recheckIn(HAND_OVER_NANOS, recheck.miss, socket, recheck.owner, false, recheck.askedAtNanos);
      return false;
    }
    if (holder.isPresent() && recheck.owner == null) {
      recheckIn(CONFIRM_NANOS, recheck.miss, socket, holder.get(), false, recheck.askedAtNanos);
      return false;
    }
    unconfirmed.remove(socket.cookie());
    if (holder.isEmpty()) {
      awaitWalk(recheck.miss, socket, recheck.askedAtNanos);
      return !recheck.confirmed && addServed(socket, recheck.owner);
    }
    if (!recheck.confirmed) {
      counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
      recheckIn(RECHECK_NANOS, recheck.miss, socket, holder.get(), true, recheck.askedAtNanos);
    }
    boolean changed = !recheck.confirmed || !holder.get().equals(recheck.owner);
    if (changed) {
      known.add(recheck.miss.key(), socket, holder.get().confirmed(recheck.askedAtNanos));
    }
    return changed;
  }
}
