package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.processes.RenameEvents;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.sockets.FiveTupleRestorer;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockets.RawSocketWatch;
import io.github.pidflow.sockets.SocketDestroyEvents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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

  /** While something is to be looked at again that nobody will tell of. */
  private static final int BUSY_MILLIS = 100;

  private static final int RAW_MILLIS = 20;
  private static final int IDLE_MILLIS = 10_000;

  private static final int MAX_MISSES_A_TURN = 512;

  private final OwnershipSettings settings;
  private volatile OwnershipSettings latestSettings;
  private OwnershipSettings appliedSettings;
  private final DaemonCounters counters;
  private final MissQueue misses;
  private final ScanSchedule schedule;
  private final Supplier<List<Namespace>> namespaces;
  private final KnownSockets known;
  private final PacketSenders packetSenders;
  private final RawSocketWatch raw = new RawSocketWatch();

  private volatile KernelSockets sockets;
  private volatile Poller poller;
  private volatile RenameEvents names;
  private volatile OwnerFinder finder;
  private MissLookup lookup;
  private FiveTupleRestorer connections;
  private TurnPace pace;
  private TranslatedFlows translated;
  private volatile SocketTable table = SocketTable.EMPTY;
  private volatile boolean scannedOnce;
  private int ready;

  /** When the walk began that the last scan could go by. */
  private long holdersAsOfNanos;

  /**
   * @param namespaces the network namespaces whose sockets are wanted, besides its own
   */
  public OwnershipAgent(
      OwnershipSettings settings, DaemonCounters counters, Supplier<List<Namespace>> namespaces) {
    this.settings = settings;
    latestSettings = settings;
    appliedSettings = settings;
    this.counters = counters;
    this.namespaces = namespaces;
    misses = new MissQueue(settings.missQueueCapacity(), counters, this::wake);
    schedule = new ScanSchedule(settings, System.nanoTime());
    packetSenders = new PacketSenders(settings.procRoot());
    known = new KnownSockets(this::openedAtNanos, counters);
  }

  /** Scans and looks up by other settings from its next turn on, which is as much as can change. */
  public void use(OwnershipSettings latest) {
    latestSettings = latest;
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

  /** Whether each of the kernel features used here is available. */
  public Map<Feature, Boolean> features() {
    OwnerFinder current = finder;
    return Map.of(
        Feature.SOCKET_DESTRUCTIONS,
        sockets != null && sockets.tellsDestructions(),
        Feature.SOCKET_CREATIONS,
        current != null && current.notesCreations(),
        Feature.SOCKET_CLOSINGS,
        current != null && current.notesClosings(),
        Feature.TASK_EVENTS,
        names != null);
  }

  @Override
  public void onStart() throws IOException {
    poller = Poller.open();
    sockets = KernelSockets.open(settings, counters, namespaces, poller);
    if (settings.taskEvents()) {
      try {
        names = RenameEvents.open(settings.procRoot(), poller, counters);
      } catch (IOException e) {
        LOG.warn(Feature.TASK_EVENTS.missing(e.getMessage()));
      }
    }
    finder = OwnerFinder.open(settings, counters);
    pace = new TurnPace(finder.notesClosings());
    if (finder.tellsChanges()) {
      schedule.walkSeldom();
    }
    connections = FiveTupleRestorer.open(settings.noteCreations());
    lookup = new MissLookup(settings, counters, schedule, sockets, finder, known, packetSenders);
    translated = new TranslatedFlows(sockets, finder, known);
    scan();
  }

  @Override
  public int doWork() throws IOException {
    awaitWork();
    finder.beginTurn();
    takeOver();
    Set<Miss> batch = new LinkedHashSet<>();
    misses.drainTo(batch, MAX_MISSES_A_TURN);
    sockets.refresh();
    boolean changed = noteDestroyed();
    changed |= noteRenamed();
    if (finder.rawOwners() == null) {
      changed |= raw.hasChanged(sockets.own()) && known.rawChanged(BootClock.epochNanos());
    }
    changed |= lookup.lookUp(batch);
    changed |= translated.lookUp();
    changed |= lookup.recheck();
    if (finder.isWalking() && finder.walkOn()) {
      changed |= lookup.walked();
      // What was learnt of listeners is believed once all sockets were looked at by it.
      schedule.soon();
    }
    if (schedule.isDue(System.nanoTime())) {
      scan();
    } else if (changed) {
      publish();
    }
    // Waiting for misses and events is this agent's idling.
    return 1;
  }

  private void takeOver() {
    OwnershipSettings latest = latestSettings;
    if (!latest.equals(appliedSettings)) {
      schedule.use(latest, System.nanoTime());
      lookup.use(latest);
      appliedSettings = latest;
    }
  }

  private void awaitWork() throws NativeIoException {
    ready = poller.await(misses.isEmpty() ? waitMillis() : 0);
    if (!finder.isWalking()) {
      pace.pause(ready > 0 && misses.isEmpty());
    }
  }

  private boolean isTold(int namespace) {
    int token = SocketDestroyEvents.token(namespace);
    for (int i = 0; i < ready; i++) {
      if (poller.token(i) == token) {
        return true;
      }
    }
    return false;
  }

  private int waitMillis() {
    int longest = IDLE_MILLIS;
    if (finder.isWalking()) {
      return 0;
    }
    if (finder.rawOwners() == null) {
      longest = raw.isBusy() ? RAW_MILLIS : BUSY_MILLIS;
    } else if (sockets.wantsTranslations() || (names != null && names.isWaiting())) {
      longest = BUSY_MILLIS;
    }
    long idleNanos = Math.min(lookup.idleNanos(), schedule.idleNanos(System.nanoTime()));
    return (int) Math.min(TimeUnit.NANOSECONDS.toMillis(idleNanos) + 1, longest);
  }

  @Override
  public void wake() {
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
        this::isTold,
        destroyed -> {
          KernelSocket socket = connections.whole(destroyed);
          // Where it is not noted, now: whatever the socket sent was stamped before.
          OptionalLong closed = finder.closedAtNanos(socket);
          long now = closed.orElseGet(BootClock::epochNanos);
          if (closed.isEmpty() && finder.notesClosings()) {
            counters.increment(DaemonCounter.NOTES_MISSING);
          }
          changed[0] |= known.destroyed(socket, now, closed.isPresent());
          if (known.lacksOwner(socket)) {
            Optional<SocketOwner> owner = finder.noted(socket);
            owner.ifPresent(each -> known.learnClosed(socket, each, now));
            changed[0] |= owner.isPresent();
          }
        });
    return changed[0];
  }

  private long openedAtNanos(KernelSocket socket) {
    return finder.openedAtNanos(socket);
  }

  private void scan() throws IOException {
    long start = System.nanoTime();
    try {
      finder.beginScan(names != null && !names.hasOverlooked());
      sockets.refresh();
      long startNanos = BootClock.epochNanos();
      List<KernelSocket> found = new ArrayList<>();
      boolean all = misses.takeOverflow() || finder.rawOwners() == null;
      Set<Integer> passedBy =
          sockets.dump(
              all,
              socket -> {
                if (!isRaw(socket)) {
                  found.add(socket);
                }
              });
      SocketScan scan = known.beginScan(found, startNanos);
      List<KernelSocket> unowned = scan.seeOwned(finder::holder);
      if (schedule.takeFullWalk(start)) {
        finder.seekEverywhere(unowned, !scannedOnce);
      } else {
        finder.seek(unowned);
      }
      scan.see(unowned, this::owner);
      known.endScan(scan, passedBy, BootClock.epochNanos());
      holdersAsOfNanos = finder.walkedAtNanos();
      packetSenders.look(sockets.own(), finder);
      scannedOnce = true;
      publish();
    } catch (IOException e) {
      counters.increment(DaemonCounter.OWNERSHIP_SCAN_FAILURES);
      throw e;
    } finally {
      finder.endScan();
      long end = System.nanoTime();
      counters.increment(DaemonCounter.OWNERSHIP_SCANS);
      counters.add(DaemonCounter.OWNERSHIP_SCAN_NANOS, end - start);
      schedule.scanned(end);
    }
  }

  /** What has an owner by time only; see {@link RawOwners}. */
  private boolean isRaw(KernelSocket socket) {
    return finder.rawOwners() != null
        && socket.key().localPort() == 0
        && RawSocketWatch.mayBeRaw(socket.key().protocol());
  }

  private SocketOwner owner(KernelSocket socket) {
    return finder
        .holder(socket)
        .or(() -> finder.noted(socket))
        .orElseGet(() -> SocketOwner.none(UnattributedReason.NO_PROCESS));
  }

  private void publish() {
    table =
        known
            .table(finder.owners())
            .withPacketSender(packetSenders.owner())
            .withHoldersAsOf(holdersAsOfNanos);
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
    if (connections != null) {
      connections.close();
    }
  }

  @Override
  public String roleName() {
    return "ownership";
  }
}
