package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
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

  private static final int WAIT_MILLIS = 100;
  private static final int RAW_WAIT_MILLIS = 20;

  /** While sockets come and go, news of closed ones must not wait long: ports are used again. */
  private static final int BUSY_WAIT_MILLIS = 2;

  private static final long BUSY_NANOS = 1_000_000_000;

  /** Processes come and go in bursts; each is read in one go instead of record by record. */
  private static final long BURST_NANOS = 1_000_000;

  private static final int MAX_MISSES_A_TURN = 512;

  /** A socket just found is looked at again: it may have been handed to a child right after. */
  private static final long RECHECK_NANOS = 250_000_000;

  private final OwnershipSettings settings;
  private final DaemonCounters counters;
  private final MissQueue misses;
  private final RateLimit lookups;
  private final ScanSchedule schedule;
  private final Supplier<List<Namespace>> namespaces;
  private final KnownSockets known = new KnownSockets();
  private final PacketSenders packetSenders;
  private final RawWatch raw = new RawWatch();
  private final Deque<Recheck> rechecks = new ArrayDeque<>();

  private long lastNewsNanos = System.nanoTime() - BUSY_NANOS;
  private volatile SocketNamespaces sockets;
  private volatile Poller poller;
  private volatile NameEvents names;
  private volatile OwnerFinder finder;
  private TranslatedFlows translated;
  private volatile SocketTable table = SocketTable.EMPTY;
  private volatile boolean scannedOnce;

  private record Recheck(
      Miss miss, OpenSocket socket, SocketOwner owner, long askedAtNanos, long dueNanos) {}

  /**
   * @param namespaces the network namespaces whose sockets are wanted, besides its own
   */
  public OwnershipAgent(
      OwnershipSettings settings, DaemonCounters counters, Supplier<List<Namespace>> namespaces) {
    this.settings = settings;
    this.counters = counters;
    this.namespaces = namespaces;
    misses = new MissQueue(settings.missQueueCapacity(), counters, this::wake);
    lookups = new RateLimit(settings.lookupsPerSecond(), System::nanoTime);
    schedule = new ScanSchedule(settings, System.nanoTime());
    packetSenders = new PacketSenders(settings.procRoot());
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
        sockets != null && sockets.tellsDestructions(),
        "socket-creations",
        current != null && current.notesCreations(),
        "socket-closings",
        current != null && current.notesClosings(),
        "task-events",
        names != null);
  }

  @Override
  public void onStart() throws IOException {
    poller = Poller.open();
    sockets = SocketNamespaces.open(settings, counters, namespaces);
    if (settings.taskEvents()) {
      try {
        names = NameEvents.open(settings.procRoot(), poller, counters);
      } catch (IOException e) {
        LOG.warn("no news of renamed processes, the next look will tell: {}", e.getMessage());
      }
    }
    finder = OwnerFinder.open(settings, counters);
    translated = new TranslatedFlows(sockets, finder, known);
    scan();
  }

  @Override
  public int doWork() throws IOException {
    awaitWork();
    Set<Miss> batch = new LinkedHashSet<>();
    misses.drainTo(batch, MAX_MISSES_A_TURN);
    sockets.refresh();
    boolean changed = noteDestroyed();
    if (changed || !batch.isEmpty()) {
      lastNewsNanos = System.nanoTime();
    }
    changed |= noteRenamed();
    changed |= raw.hasChanged(sockets.own()) && known.rawChanged(BootClock.epochNanos());
    changed |= lookUp(batch);
    changed |= translated.lookUp();
    changed |= recheck();
    if (schedule.isDue(System.nanoTime())) {
      scan();
    } else if (changed) {
      publish();
    }
    // Waiting for misses and events is this agent's idling.
    return 1;
  }

  private void awaitWork() throws NativeIoException {
    boolean busy = System.nanoTime() - lastNewsNanos < BUSY_NANOS;
    int idle = raw.isBusy() ? RAW_WAIT_MILLIS : WAIT_MILLIS;
    int wait = busy ? BUSY_WAIT_MILLIS : idle;
    int ready = poller.await(misses.isEmpty() ? wait : 0);
    if (ready > 0 && misses.isEmpty()) {
      LockSupport.parkNanos(BURST_NANOS);
    }
  }

  private void wake() {
    Poller current = poller;
    if (current != null) {
      current.wake();
    }
  }

  private boolean noteRenamed() throws NativeIoException {
    if (names == null) {
      return false;
    }
    names.read(finder::isRead);
    List<Integer> pids = names.take(finder::ownerPids);
    for (int pid : pids) {
      finder.lookAgain(pid).ifPresent(known::renamed);
    }
    return !pids.isEmpty();
  }

  private boolean noteDestroyed() throws IOException {
    boolean[] changed = new boolean[1];
    sockets.drainDestroyed(
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
    boolean isMissing = false;
    for (Miss miss : batch) {
      boolean canFind = sockets.canFind(miss);
      if (!canFind && !RawWatch.mayBeRaw(miss.key().protocol())) {
        schedule.leftOver();
      } else if (!lookups.tryAcquire()) {
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
      sockets.refresh();
      long startNanos = BootClock.epochNanos();
      List<OpenSocket> found = new ArrayList<>();
      sockets.dump(found::add);
      if (schedule.takeFullWalk(start)) {
        finder.seekEverywhere(found);
      } else {
        finder.seek(found);
      }
      known.scanned(found, this::owner, startNanos, BootClock.epochNanos());
      packetSenders.look(sockets.own(), finder);
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
    table = known.table(finder.owners()).withPacketSender(packetSenders.owner());
  }

  @Override
  public void onClose() {
    if (names != null) {
      names.close();
    }
    if (poller != null) {
      poller.close();
    }
    if (sockets != null) {
      sockets.close();
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
