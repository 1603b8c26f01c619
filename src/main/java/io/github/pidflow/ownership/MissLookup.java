package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.processes.RateLimit;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockets.RawSocketWatch;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/**
 * Looks up the sockets of misses: the kernel is asked for that very socket, and its inode is sought
 * where a new owner most likely is. What is found is learnt, what is not is left to the next scan.
 */
final class MissLookup {
  /**
   * Who is seen with a connection just accepted may be about to hand it to a child or a worker: it
   * is its owner only once it is seen with it again. A fork takes long on a busy machine.
   */
  private static final long HAND_OVER_NANOS = 100_000_000;

  /** Any other socket just found is looked at again too, but is its holder's till then. */
  private static final long RECHECK_NANOS = 250_000_000;

  /** What finds no room is left to the next scan. */
  private static final int MAX_SOUGHT = 4096;

  /** How long the kernel may take to tell that a connection was closed, and by whom. */
  private static final long NOTE_NANOS = 300_000_000;

  private final RateLimit limit;
  private final DaemonCounters counters;
  private final ScanSchedule schedule;
  private final KernelSockets sockets;
  private final OwnerFinder finder;
  private final KnownSockets known;
  private final PacketSenders packetSenders;
  private final Set<Long> awaited = new HashSet<>();
  private final Map<KernelSocket, Sought> sought = new HashMap<>();
  private final Deque<Gone> gone = new ArrayDeque<>();
  private final Queue<Recheck> rechecks =
      new PriorityQueue<>((one, other) -> Long.signum(one.dueNanos - other.dueNanos));

  /** Of a socket, and who had it; null if its holder was not believed yet. */
  private record Recheck(
      Miss miss, KernelSocket socket, SocketOwner owner, long askedAtNanos, long dueNanos) {}

  /** A connection of a listener's that is no more, or whose holder is not. */
  private record Gone(SocketKey key, long dueNanos) {}

  /** What a walk may find the holder of. */
  private record Sought(Miss miss, long askedAtNanos) {}

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
  }

  void use(OwnershipSettings settings) {
    limit.use(settings.lookupsPerSecond());
  }

  /** Whether anything was learnt. */
  boolean lookUp(Set<Miss> batch) throws IOException {
    long askedAtNanos = BootClock.epochNanos();
    Map<Miss, KernelSocket> found = new HashMap<>();
    Map<Miss, List<KernelSocket>> raw = new HashMap<>();
    boolean isMissing = false;
    for (Miss miss : batch) {
      boolean canFind = sockets.canFind(miss);
      if (!canFind && !RawSocketWatch.mayBeRaw(miss.key().protocol())) {
        schedule.leftOver();
      } else if (!limit.tryAcquire()) {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_LIMITED);
        schedule.leftOver();
      } else {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS);
        Optional<KernelSocket> socket = canFind ? sockets.find(miss) : findSole(miss, raw);
        isMissing |= socket.isEmpty();
        socket
            .filter(each -> isOwnable(miss, each))
            .ifPresentOrElse(each -> found.put(miss, each), () -> notFound(miss));
      }
    }
    Set<KernelSocket> all = new HashSet<>(found.values());
    raw.values().forEach(all::addAll);
    finder.seek(all);
    boolean learnt = isMissing && packetSenders.look(sockets.own(), finder);
    for (Map.Entry<Miss, KernelSocket> each : found.entrySet()) {
      learnt |= learn(each.getKey(), each.getValue(), askedAtNanos);
    }
    for (Map.Entry<Miss, List<KernelSocket>> each : raw.entrySet()) {
      learnt |= learnRaw(each.getKey(), each.getValue(), askedAtNanos);
    }
    return learnt;
  }

  private void notFound(Miss miss) {
    sockets.wantTranslation(miss);
    if (miss.key().protocol() == Protocol.TCP && known.isAccepted(miss.key())) {
      noteGone(miss.key());
    }
  }

  /** Who else holds the listener need not be known where it is soon told who closed this one. */
  private void noteGone(SocketKey connection) {
    if (finder.notesClosings() && gone.size() < MAX_SOUGHT) {
      gone.add(new Gone(connection, System.nanoTime() + NOTE_NANOS));
    } else {
      schedule.wantFullWalk(System.nanoTime());
    }
  }

  private void lookAtGone() {
    for (Gone next = gone.peek();
        next != null && next.dueNanos - System.nanoTime() <= 0;
        next = gone.peek()) {
      gone.remove();
      if (!known.isOwned(next.key)) {
        schedule.wantFullWalk(System.nanoTime());
      }
    }
  }

  /**
   * The one socket it can be. Where only time tells, that is left to {@code raw}; or else, where
   * there are several, the next scan weighs them.
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
      schedule.leftOver();
      return Optional.empty();
    }
    return candidates.stream().findFirst();
  }

  private boolean learnRaw(Miss miss, List<KernelSocket> open, long askedAtNanos) {
    List<ProcessInfo> holders =
        open.stream()
            .flatMap(socket -> finder.holder(socket).stream())
            .map(SocketOwner::process)
            .toList();
    Succession owners =
        finder.rawOwners().of(miss.key(), sockets.netnsCookie(miss), holders, askedAtNanos);
    if (owners == null) {
      return false;
    }
    counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
    known.learnRaw(miss.key(), owners);
    return true;
  }

  /** Not so: the listener that answers for a connection that is not there. */
  private static boolean isOwnable(Miss miss, KernelSocket socket) {
    return miss.key().protocol() != Protocol.TCP || socket.key().isConnected();
  }

  private boolean learn(Miss miss, KernelSocket socket, long askedAtNanos) {
    Optional<SocketOwner> holder = finder.holder(socket);
    if (holder.isPresent() && mayBeHandedOn(socket)) {
      // The flow may ask again meanwhile.
      if (socket.cookie() == 0 || awaited.add(socket.cookie())) {
        recheckIn(HAND_OVER_NANOS, miss, socket, null, askedAtNanos);
      }
      return false;
    }
    // Where nobody holds it, its process has closed it or has ended.
    Optional<SocketOwner> owner = holder.or(() -> finder.noted(socket));
    if (owner.isPresent()) {
      counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
      known.learn(miss.key(), socket, owner.get().confirmed(askedAtNanos));
    } else if (socket.inode() != 0 && !finder.isGivenUp(socket)) {
      schedule.leftOver();
      awaitWalk(miss, socket, askedAtNanos);
    }
    if (owner.isEmpty() && known.isAccepted(socket.key())) {
      noteGone(socket.key());
    }
    holder.ifPresent(each -> recheckIn(RECHECK_NANOS, miss, socket, each, askedAtNanos));
    return owner.isPresent();
  }

  private void awaitWalk(Miss miss, KernelSocket socket, long askedAtNanos) {
    if (finder.isWalking() && sought.size() < MAX_SOUGHT) {
      sought.put(socket, new Sought(miss, askedAtNanos));
    }
  }

  /** Looks again at what a walk that is done now was to find; whether anything was learnt. */
  boolean walked() {
    Map<KernelSocket, Sought> latest = Map.copyOf(sought);
    sought.clear();
    boolean learnt = false;
    for (Map.Entry<KernelSocket, Sought> each : latest.entrySet()) {
      Sought lookup = each.getValue();
      learnt |= learn(lookup.miss, each.getKey(), lookup.askedAtNanos);
    }
    return learnt;
  }

  private boolean mayBeHandedOn(KernelSocket socket) {
    if (socket.key().protocol() != Protocol.TCP) {
      return false;
    }
    // What nobody created was accepted, also from a listener that is not known yet.
    boolean uncreated = finder.notesCreations() && finder.openedAtNanos(socket) == SocketOwner.EVER;
    return uncreated || known.isAccepted(socket.key());
  }

  private void recheckIn(
      long nanos, Miss miss, KernelSocket socket, SocketOwner owner, long askedAtNanos) {
    rechecks.add(new Recheck(miss, socket, owner, askedAtNanos, System.nanoTime() + nanos));
  }

  /** How long it is until something has to be looked at again; never if there is nothing. */
  long idleNanos() {
    Gone next = gone.peek();
    long nanos = next == null ? Long.MAX_VALUE : next.dueNanos - System.nanoTime();
    return Math.max(0, Math.min(nanos, recheckNanos()));
  }

  private long recheckNanos() {
    Recheck next = rechecks.peek();
    return next == null ? Long.MAX_VALUE : next.dueNanos - System.nanoTime();
  }

  /** Looks again at what was found a while ago; whether anything was learnt. */
  boolean recheck() {
    lookAtGone();
    boolean changed = false;
    while (recheckNanos() <= 0) {
      Recheck recheck = rechecks.remove();
      KernelSocket socket = recheck.socket;
      Optional<SocketOwner> holder = finder.lookAgain(socket);
      awaited.remove(socket.cookie());
      if (recheck.owner == null && holder.isPresent()) {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
        recheckIn(RECHECK_NANOS, recheck.miss, socket, holder.get(), recheck.askedAtNanos);
      }
      if (holder.isEmpty()) {
        awaitWalk(recheck.miss, socket, recheck.askedAtNanos);
      }
      Optional<SocketOwner> news = holder.filter(each -> !each.equals(recheck.owner));
      news.ifPresent(
          each -> known.learn(recheck.miss.key(), socket, each.confirmed(recheck.askedAtNanos)));
      changed |= news.isPresent();
    }
    return changed;
  }
}
