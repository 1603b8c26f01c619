package io.github.pidflow.ownership;

import io.github.pidflow.bpf.PortChanges;
import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.Diagnosis;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.processes.RenameEvents;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.runtime.Published;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockets.SendEvents;
import io.github.pidflow.sockettable.DumpedSockets;
import io.github.pidflow.sockettable.KnownSockets;
import io.github.pidflow.sockettable.SocketOwner;
import io.github.pidflow.sockettable.SocketScan;
import io.github.pidflow.sockettable.SocketTable;
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
 * Keeps the table of socket owners current and publishes it. The package description tells how
 * scans, lookups and kernel events work together.
 */
public final class OwnershipAgent implements Agent, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnershipAgent.class);

  /** The longest wait while something must be polled that the kernel sends no event for. */
  private static final int BUSY_MILLIS = 100;

  /** The longest wait while raw sockets are open and the kernel does not note their creators. */
  private static final int RAW_MILLIS = 20;

  private static final int IDLE_MILLIS = 10_000;

  private static final int MAX_MISSES_PER_TURN = 512;
  private static final int MAX_SETTINGS = 64;

  private final OwnershipSettings settings;
  private final DaemonCounters counters;
  private final Supplier<List<Namespace>> namespaces;
  private final CommandQueue missQueue;
  private final CommandQueue settingsQueue;
  private final OwnershipProxy proxy;
  private final Published<SocketTable> table = new Published<>(SocketTable.EMPTY);
  private final Published<Map<Feature, Boolean>> features =
      new Published<>(features(false, false, false, false, false, false));
  private final ScanSchedule schedule;
  private final KnownSockets known;
  private final PacketSenders packetSenders;
  private final Set<Miss> misses = new LinkedHashSet<>();

  /** Volatile because {@link #wake} may be called before this thread has opened it. */
  private volatile Poller poller;

  private KernelSockets sockets;
  private RenameEvents renames;
  private final Blindness blindness;
  private OwnerFinder finder;
  private MissLookup lookup;
  private TurnPace pace;

  /** Null if the kernel does not report them. Volatile for {@link #close}, on another thread. */
  private volatile PortChanges portChanges;

  private int readyEvents;

  /** Whether something changed since the table was published. */
  private boolean changed;

  private long overflowsAtScan;

  /** The start of the latest complete walk of fd tables that the last scan was based on. */
  private long holdersAsOfNanos;

  /**
   * @param namespaces the watched network namespaces besides the daemon's own
   */
  public OwnershipAgent(
      OwnershipSettings settings, DaemonCounters counters, Supplier<List<Namespace>> namespaces) {
    this.settings = settings;
    this.counters = counters;
    this.namespaces = namespaces;
    missQueue = new CommandQueue(settings.missQueueCapacity(), this::wake);
    settingsQueue = new CommandQueue(MAX_SETTINGS, this::wake);
    proxy = new OwnershipProxy(missQueue, settingsQueue, misses::add, this::apply, counters);
    schedule = new ScanSchedule(settings, System.nanoTime());
    packetSenders = new PacketSenders();
    blindness = new Blindness(settings.procRoot());
    known = new KnownSockets(socket -> finder.openedAtNanos(socket), counters);
  }

  /** The latest table. For any thread. */
  public SocketTable table() {
    return table.latest();
  }

  /** Why no process can be named, and the fix; empty if some can. For any thread. */
  public String blindness() {
    return blindness.cause();
  }

  /** What other threads may ask of this agent. */
  public OwnershipProxy proxy() {
    return proxy;
  }

  /** Whether the first scan is done. For any thread. */
  public boolean hasScanned() {
    return table.latest().isScanned();
  }

  /** Whether each of the kernel features used here is available. For any thread. */
  public Map<Feature, Boolean> features() {
    return features.latest();
  }

  private static Map<Feature, Boolean> features(
      boolean destructions,
      boolean creations,
      boolean closings,
      boolean portChanges,
      boolean taskEvents,
      boolean sendEvents) {
    return Map.of(
        Feature.SOCKET_DESTRUCTIONS,
        destructions,
        Feature.SOCKET_CREATIONS,
        creations,
        Feature.SOCKET_CLOSINGS,
        closings,
        Feature.PORT_CHANGES,
        portChanges,
        Feature.TASK_EVENTS,
        taskEvents,
        Feature.SEND_EVENTS,
        sendEvents);
  }

  private void apply(OwnershipSettings latest) {
    schedule.apply(latest, System.nanoTime());
    lookup.apply(latest);
  }

  @Override
  public void onStart() throws IOException {
    poller = Poller.open();
    sockets = KernelSockets.open(settings, counters, namespaces, poller);
    finder = OwnerFinder.open(settings, counters, known::isOwnedBy);
    if (settings.taskEvents()) {
      try {
        renames =
            RenameEvents.open(
                settings.procRoot(),
                poller,
                counters,
                finder.taskHistory(),
                finder.cgroups(),
                finder::isRead);
      } catch (IOException e) {
        LOG.warn(Feature.TASK_EVENTS.missing(e.getMessage(), Diagnosis.read().taskEventsFix(e)));
      }
      packetSenders.open(settings.procRoot(), poller, counters);
    }
    pace = new TurnPace(finder.notesClosings());
    if (finder.tellsChanges()) {
      schedule.reduceFullWalks();
    }
    portChanges = openPortChanges();
    if (portChanges != null) {
      known.follow(portChanges::lastNanos);
    }
    lookup = new MissLookup(settings, counters, schedule, sockets, finder, known, packetSenders);
    features.publish(
        features(
            sockets.reportsDestructions(),
            finder.notesCreations(),
            finder.notesClosings(),
            portChanges != null,
            renames != null,
            packetSenders.noticesSends()));
    scan();
  }

  /** Null if the kernel does not report them. */
  private PortChanges openPortChanges() {
    if (!settings.noteCreations()) {
      return null;
    }
    try {
      return PortChanges.open();
    } catch (IOException e) {
      LOG.warn(Feature.PORT_CHANGES.missing(e.getMessage(), Diagnosis.read().socketNotesFix(e)));
      return null;
    }
  }

  @Override
  public int doWork() throws IOException {
    awaitWork();
    finder.beginTurn();
    settingsQueue.drain(MAX_SETTINGS);
    misses.clear();
    missQueue.drain(MAX_MISSES_PER_TURN);
    sockets.refresh();
    if (renames != null) {
      renames.drain();
    }
    sockets.drainDestroyed(this::hasEvents, this::closeDestroyed);
    updateNames();
    changed |= packetSenders.drain(finder);
    if (finder.rawOwners() == null) {
      changed |= sockets.haveRawSocketsChanged() && known.closeRaw(BootClock.steadyNanos());
    }
    changed |= lookup.lookUp(misses);
    changed |= lookup.listPorts();
    changed |= lookup.lookUpTranslated();
    changed |= lookup.recheck();
    changed |= lookup.translatedFlows().takeChanged();
    if (finder.isWalking() && finder.continueWalk()) {
      changed |= lookup.retryAfterWalk();
      // Only a scan publishes how recent the knowledge of a listener's holders is.
      schedule.bringForward();
    }
    if (schedule.isDue(System.nanoTime())) {
      scan();
    } else if (changed) {
      publish();
    }
    // This agent idles by waiting for misses and events.
    return 1;
  }

  private void awaitWork() throws NativeIoException {
    readyEvents = poller.await(isIdle() ? waitMillis() : 0);
    if (hasEvents(SendEvents.CHECK_TOKEN)) {
      // Before the pause, which a short-lived process may not outlast.
      finder.beginTurn();
      changed |= packetSenders.drain(finder);
    }
    if (!finder.isWalking()) {
      pace.pause(readyEvents > 0 && isIdle());
    }
  }

  private boolean isIdle() {
    return missQueue.isEmpty() && settingsQueue.isEmpty();
  }

  private boolean hasEvents(int token) {
    for (int i = 0; i < readyEvents; i++) {
      if (poller.token(i) == token) {
        return true;
      }
    }
    return false;
  }

  private int waitMillis() {
    if (finder.isWalking()) {
      return 0;
    }
    int longest = IDLE_MILLIS;
    if (finder.rawOwners() == null) {
      longest = sockets.hasRawSockets() ? RAW_MILLIS : BUSY_MILLIS;
    } else if (sockets.hasConntrackRequests() || (renames != null && renames.hasPending())) {
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

  private void updateNames() {
    if (renames == null) {
      return;
    }
    long start = System.nanoTime();
    List<ProcessInfo> latest = new ArrayList<>();
    for (int pid : renames.pollRenamed(finder::ownerPids)) {
      finder.reloadProcess(pid).ifPresent(latest::add);
    }
    if (!latest.isEmpty()) {
      changed |= known.rename(latest);
      changed |= finder.owners() != table.latest().processes();
      renames.spaceBatches(System.nanoTime() - start);
    }
  }

  private void closeDestroyed(KernelSocket socket) {
    OptionalLong closed = finder.closedAtNanos(socket);
    if (closed.isEmpty() && finder.notesClosings()) {
      counters.increment(DaemonCounter.NOTES_MISSING);
    }
    // Without a note, now: all that the socket sent was captured before.
    long closedAtNanos = closed.orElseGet(BootClock::steadyNanos);
    changed |= known.close(socket, closedAtNanos, closed.isPresent());
    if (known.lacksOwner(socket)) {
      finder
          .noted(socket)
          .ifPresent(
              owner -> {
                known.addClosed(socket, owner, closedAtNanos);
                changed = true;
              });
    }
  }

  private void scan() throws IOException {
    long start = System.nanoTime();
    try {
      finder.beginScan(renames != null && !renames.hasMissed());
      sockets.refresh();
      SocketScan.Start asked = SocketScan.Start.now();
      boolean all = needsAllNamespaces();
      DumpedSockets dump = new DumpedSockets(counters);
      Set<Integer> skipped =
          dump.collect(
              sink ->
                  sockets.dump(
                      all,
                      socket -> {
                        if (!isRaw(socket)) {
                          sink.accept(socket);
                        }
                      }));
      List<KernelSocket> dumped = dump.sockets();
      finder.listed(dumped, skipped);
      SocketScan scan = known.beginScan(dumped, asked);
      List<KernelSocket> unowned = scan.updateOwned(this::holder);
      if (schedule.startsFullWalk(start)) {
        finder.seekEverywhere(unowned, !hasScanned());
      } else {
        finder.seek(unowned);
      }
      scan.updateUnowned(unowned, this::owner);
      known.endScan(scan, skipped, BootClock.steadyNanos());
      blindness.judge(dumped, finder::holder);
      holdersAsOfNanos = finder.walkedAtNanos();
      packetSenders.refresh(sockets, finder);
      lookup.translatedFlows().check();
      packetSenders.watch(sockets);
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

  /**
   * Whether to list also namespaces that seem quiet, since a dropped miss may be in any of them.
   */
  private boolean needsAllNamespaces() {
    long overflows = counters.value(DaemonCounter.MISS_QUEUE_OVERFLOWS);
    boolean overflowed = overflows != overflowsAtScan;
    overflowsAtScan = overflows;
    return overflowed || finder.rawOwners() == null;
  }

  /** Whether the owner depends on the time only, see {@link RawOwners}. */
  private boolean isRaw(KernelSocket socket) {
    return finder.rawOwners() != null
        && socket.key().localPort() == 0
        && KernelSocket.mayBeRaw(socket.key().protocol());
  }

  private Optional<SocketOwner> holder(KernelSocket socket) {
    return awaitsConfirmation(socket) ? Optional.empty() : finder.holder(socket);
  }

  private SocketOwner owner(KernelSocket socket) {
    return awaitsConfirmation(socket)
        ? SocketOwner.none(UnattributedReason.NO_PROCESS)
        : finder.ownerOrReason(socket);
  }

  private boolean awaitsConfirmation(KernelSocket socket) {
    return hasScanned() && lookup.awaitsConfirmation(socket);
  }

  private void publish() {
    changed = false;
    table.publish(
        known
            .table(finder.owners())
            .withSenders(packetSenders.latest())
            .withHoldersAsOf(holdersAsOfNanos)
            .withTranslations(lookup.translatedFlows().latest()));
  }

  @Override
  public void onClose() {
    if (renames != null) {
      renames.close();
    }
    packetSenders.close();
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

  /**
   * Unmaps what readers of {@link #table()} read. This thread may have died alone, so it does not
   * do so itself: every reader must have ended.
   */
  @Override
  public void close() {
    if (portChanges != null) {
      portChanges.close();
    }
  }

  @Override
  public String roleName() {
    return "ownership";
  }
}
