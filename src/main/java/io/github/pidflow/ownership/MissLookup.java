package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks up the sockets of misses: the kernel is asked for that very socket, and its inode is sought
 * where a new owner most likely is. What is found is learnt, what is not is left to the next scan.
 */
final class MissLookup {
  /** A socket just found is looked at again: it may have been handed to a child right after. */
  private static final long RECHECK_NANOS = 250_000_000;

  private final RateLimit limit;
  private final DaemonCounters counters;
  private final ScanSchedule schedule;
  private final SocketNamespaces sockets;
  private final OwnerFinder finder;
  private final KnownSockets known;
  private final PacketSenders packetSenders;
  private final Deque<Recheck> rechecks = new ArrayDeque<>();

  private record Recheck(
      Miss miss, OpenSocket socket, SocketOwner owner, long askedAtNanos, long dueNanos) {}

  MissLookup(
      OwnershipSettings settings,
      DaemonCounters counters,
      ScanSchedule schedule,
      SocketNamespaces sockets,
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
    Map<Miss, OpenSocket> found = new HashMap<>();
    boolean isMissing = false;
    for (Miss miss : batch) {
      boolean canFind = sockets.canFind(miss);
      if (!canFind && !RawWatch.mayBeRaw(miss.key().protocol())) {
        schedule.leftOver();
      } else if (!limit.tryAcquire()) {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_LIMITED);
        schedule.leftOver();
      } else {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS);
        Optional<OpenSocket> socket = canFind ? sockets.find(miss) : findSole(miss);
        isMissing |= socket.isEmpty();
        socket
            .filter(each -> isOwnable(miss, each))
            .ifPresentOrElse(each -> found.put(miss, each), () -> sockets.wantTranslation(miss));
      }
    }
    finder.seek(found.values());
    boolean learnt = isMissing && packetSenders.look(sockets.own(), finder);
    for (Map.Entry<Miss, OpenSocket> each : found.entrySet()) {
      learnt |= learn(each.getKey(), each.getValue(), askedAtNanos);
    }
    return learnt;
  }

  /** The one socket it can be; where there are several, the next scan weighs them. */
  private Optional<OpenSocket> findSole(Miss miss) throws IOException {
    List<OpenSocket> candidates = sockets.candidates(miss);
    if (candidates.size() > 1) {
      schedule.leftOver();
      return Optional.empty();
    }
    return candidates.stream().findFirst();
  }

  /** Not so: the listener that answers for a connection that is not there. */
  private static boolean isOwnable(Miss miss, OpenSocket socket) {
    return miss.key().protocol() != Protocol.TCP || socket.key().isConnected();
  }

  private boolean learn(Miss miss, OpenSocket socket, long askedAtNanos) {
    Optional<SocketOwner> holder = finder.holder(socket);
    // Where nobody holds it, its process has closed it or has ended.
    Optional<SocketOwner> owner = holder.or(() -> finder.noted(socket));
    if (owner.isPresent()) {
      counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
      known.learn(miss.key(), socket, owner.get().confirmed(askedAtNanos));
    } else if (socket.inode() != 0 && !finder.isGivenUp(socket)) {
      schedule.leftOver();
    }
    long due = System.nanoTime() + RECHECK_NANOS;
    holder.ifPresent(each -> rechecks.add(new Recheck(miss, socket, each, askedAtNanos, due)));
    return owner.isPresent();
  }

  /** Looks again at what was found a while ago; whether anything was learnt. */
  boolean recheck() {
    boolean changed = false;
    while (!rechecks.isEmpty() && System.nanoTime() - rechecks.peek().dueNanos >= 0) {
      Recheck recheck = rechecks.remove();
      Optional<SocketOwner> owner =
          finder.lookAgain(recheck.socket).filter(each -> !each.equals(recheck.owner));
      owner.ifPresent(
          each ->
              known.learn(
                  recheck.miss.key(), recheck.socket, each.confirmed(recheck.askedAtNanos)));
      changed |= owner.isPresent();
    }
    return changed;
  }
}
