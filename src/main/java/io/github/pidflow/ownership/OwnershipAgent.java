package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out who owns which socket and publishes it as {@link #table()}.
 *
 * <p>Two ways lead to an owner. A miss is looked up at once: the kernel is asked for that very
 * socket, and its inode is sought where a new owner most likely is. A full scan lists everything
 * and mends what lookups left; it comes often while they leave something and seldom when all is
 * quiet.
 */
public final class OwnershipAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(OwnershipAgent.class);

  private static final long QUIET_WAIT_MILLIS = 100;

  /** While sockets come and go, news of closed ones must not wait long: ports are used again. */
  private static final long BUSY_WAIT_MILLIS = 2;

  private static final long BUSY_NANOS = 1_000_000_000;
  private static final int MAX_MISSES_A_TURN = 512;

  /** A socket just found is looked at again: it may have been handed to a child right after. */
  private static final long RECHECK_NANOS = 250_000_000;

  private final OwnershipSettings settings;
  private final DaemonCounters counters;
  private final MissQueue misses;
  private final RateLimit lookups;
  private final ScanSchedule schedule;
  private final KnownSockets known = new KnownSockets();
  private final Deque<Recheck> rechecks = new ArrayDeque<>();

  private long lastNewsNanos = System.nanoTime() - BUSY_NANOS;
  private SocketSource source;
  private volatile SocketEvents events;
  private volatile OwnerFinder finder;
  private volatile SocketTable table = SocketTable.EMPTY;
  private volatile boolean scannedOnce;

  private record Recheck(
      Miss miss, OpenSocket socket, SocketOwner owner, long askedAtNanos, long dueNanos) {}

  public OwnershipAgent(OwnershipSettings settings, DaemonCounters counters) {
    this.settings = settings;
    this.counters = counters;
    misses = new MissQueue(settings.missQueueCapacity(), counters);
    lookups = new RateLimit(settings.lookupsPerSecond(), System::nanoTime);
    schedule = new ScanSchedule(settings, System.nanoTime());
  }

  /** The latest table, to be read anew now and then. */
  public SocketTable table() {
    return table;
  }

  /** Where misses are left. */
  public MissQueue misses() {
    return misses;
  }

  /** Whether a full scan has been done, so that what is not in the table is news. */
  public boolean hasScanned() {
    return scannedOnce;
  }

  /** What the kernel tells of sockets beyond their list, and whether it does so here. */
  public Map<String, Boolean> features() {
    OwnerFinder current = finder;
    return Map.of(
        "socket-destructions",
        events != null,
        "socket-creations",
        current != null && current.notesCreations(),
        "socket-closings",
        current != null && current.notesClosings());
  }

  @Override
  public void onStart() throws IOException {
    source = SocketSources.open(settings);
    try {
      events = SocketEvents.open(counters);
    } catch (NativeIoException e) {
      LOG.warn("no news of closed sockets, the next scan will tell: {}", e.getMessage());
    }
    finder = OwnerFinder.open(settings, counters);
    scan();
  }

  @Override
  public int doWork() throws IOException {
    Set<Miss> batch = new LinkedHashSet<>();
    boolean busy = System.nanoTime() - lastNewsNanos < BUSY_NANOS;
    misses.drainTo(batch, MAX_MISSES_A_TURN, busy ? BUSY_WAIT_MILLIS : QUIET_WAIT_MILLIS);
    boolean changed = noteDestroyed();
    if (changed || !batch.isEmpty()) {
      lastNewsNanos = System.nanoTime();
    }
    changed |= lookUp(batch);
    changed |= recheck();
    if (schedule.isDue(System.nanoTime())) {
      scan();
    } else if (changed) {
      publish();
    }
    // Waiting for misses is this agent's idling.
    return 1;
  }

  private boolean noteDestroyed() throws NativeIoException {
    if (events == null) {
      return false;
    }
    boolean[] changed = new boolean[1];
    events.drain(
        socket -> {
          // Where it is not noted, now: whatever the socket sent was stamped before.
          long now = finder.closedAtNanos(socket).orElseGet(BootClock::epochNanos);
          if (known.lacksOwner(socket)) {
            Optional<SocketOwner> owner = ownerOfClosed(socket);
            owner.ifPresent(each -> known.learnClosed(socket, each, now));
            changed[0] |= owner.isPresent();
          } else {
            changed[0] |= known.destroyed(socket, now);
          }
        });
    return changed[0];
  }

  /** Who had a socket that was opened and closed between two looks. */
  private Optional<SocketOwner> ownerOfClosed(OpenSocket socket) {
    boolean connection = socket.key().protocol() == Protocol.TCP && socket.key().isConnected();
    return finder
        .noted(socket)
        .or(() -> connection ? known.acceptor(socket.key()) : Optional.empty());
  }

  private boolean lookUp(Set<Miss> batch) throws IOException {
    long askedAtNanos = BootClock.epochNanos();
    Map<Miss, OpenSocket> found = new HashMap<>();
    for (Miss miss : batch) {
      if (!source.canFind(miss.key().protocol())) {
        schedule.leftOver();
      } else if (!lookups.tryAcquire()) {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_LIMITED);
        schedule.leftOver();
      } else {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS);
        source
            .find(miss)
            .filter(socket -> isOwnable(miss, socket))
            .ifPresent(socket -> found.put(miss, socket));
      }
    }
    finder.seek(found.values());
    boolean learnt = false;
    for (Map.Entry<Miss, OpenSocket> each : found.entrySet()) {
      learnt |= learn(each.getKey(), each.getValue(), askedAtNanos);
    }
    return learnt;
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

  private boolean recheck() {
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

  private void scan() throws IOException {
    long start = System.nanoTime();
    try {
      finder.refreshOwners();
      long startNanos = BootClock.epochNanos();
      List<OpenSocket> sockets = new ArrayList<>();
      source.dump(sockets::add);
      if (schedule.takeFullWalk(start)) {
        finder.seekEverywhere(sockets);
      } else {
        finder.seek(sockets);
      }
      known.scanned(sockets, this::owner, startNanos, BootClock.epochNanos());
      scannedOnce = true;
      publish();
    } catch (IOException e) {
      counters.increment(DaemonCounter.OWNERSHIP_SCAN_FAILURES);
      throw e;
    } finally {
      long end = System.nanoTime();
      counters.increment(DaemonCounter.OWNERSHIP_SCANS);
      counters.add(DaemonCounter.OWNERSHIP_SCAN_NANOS, end - start);
      schedule.scanned(end);
    }
  }

  private SocketOwner owner(OpenSocket socket) {
    return finder
        .holder(socket)
        .or(() -> finder.noted(socket))
        .orElseGet(() -> SocketOwner.none(UnattributedReason.NO_PROCESS));
  }

  private void publish() {
    table = known.table(finder.owners());
  }

  @Override
  public void onClose() {
    if (source != null) {
      source.close();
    }
    if (events != null) {
      events.close();
    }
    if (finder != null) {
      finder.close();
    }
  }

  @Override
  public String roleName() {
    return "ownership";
  }
}
