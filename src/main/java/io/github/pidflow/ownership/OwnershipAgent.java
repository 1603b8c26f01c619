package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.ownership.SocketHolders.Holder;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
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

  private static final long WAIT_MILLIS = 50;
  private static final int MAX_MISSES_A_TURN = 512;

  /** A socket just found is looked at again: it may have been handed to a child right after. */
  private static final long RECHECK_NANOS = 250_000_000;

  /** Walks of all fd tables after misses may take one part in this many of the time. */
  private static final int WALK_SHARE = 20;

  /** The kernel's own sockets have an inode and no holder: not to be sought again and again. */
  private static final int MAX_WALKS_IN_VAIN = 2;

  private final OwnershipSettings settings;
  private final DaemonCounters counters;
  private final MissQueue misses;
  private final RateLimit lookups;
  private final KnownSockets known = new KnownSockets();
  private final Map<Long, Integer> walksInVain = new HashMap<>();
  private final Deque<Recheck> rechecks = new ArrayDeque<>();

  private SocketSource source;
  private SocketEvents events;
  private ProcessTable processes;
  private SocketHolders holders;
  private Owners owners;
  private long nextScanNanos;
  private long scanIntervalNanos;
  private long lastScanNanos;
  private long nextWalkNanos = System.nanoTime();
  private long nextPeriodicWalkNanos = System.nanoTime();
  private boolean leftover;
  private volatile SocketTable table = SocketTable.EMPTY;
  private volatile boolean scannedOnce;

  private record Recheck(Miss miss, OpenSocket socket, SocketOwner owner, long dueNanos) {}

  public OwnershipAgent(OwnershipSettings settings, DaemonCounters counters) {
    this.settings = settings;
    this.counters = counters;
    misses = new MissQueue(settings.missQueueCapacity(), counters);
    lookups = new RateLimit(settings.lookupsPerSecond(), System::nanoTime);
    scanIntervalNanos = settings.scanIntervalBusy().toNanos();
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

  @Override
  public void onStart() throws IOException {
    source = SocketSources.open(settings);
    try {
      events = SocketEvents.open(counters);
    } catch (NativeIoException e) {
      LOG.warn("no news of closed sockets, the next scan will tell: {}", e.getMessage());
    }
    ProcFs procFs = new ProcFs(settings.procRoot());
    UserNames users = new UserNames(Path.of("/etc/passwd"));
    processes = new ProcessTable(procFs, new ProcessReader(procFs, users));
    holders = new SocketHolders(procFs, processes, counters);
    owners = new Owners(processes);
    scan();
  }

  @Override
  public int doWork() throws IOException {
    Set<Miss> batch = new LinkedHashSet<>();
    misses.drainTo(batch, MAX_MISSES_A_TURN, WAIT_MILLIS);
    boolean changed = noteDestroyed();
    changed |= lookUp(batch);
    changed |= recheck();
    if (System.nanoTime() - nextScanNanos >= 0) {
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
    long now = epochNanos();
    events.drain(socket -> changed[0] |= known.destroyed(socket, now));
    return changed[0];
  }

  private boolean lookUp(Set<Miss> batch) throws IOException {
    Map<Miss, OpenSocket> found = new HashMap<>();
    for (Miss miss : batch) {
      int protocol = miss.key().protocol();
      if (!source.canFind(protocol)) {
        leftover = true;
      } else if (!lookups.tryAcquire()) {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_LIMITED);
        leftover = true;
      } else {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS);
        source
            .find(miss)
            .filter(socket -> isOwnable(miss, socket))
            .ifPresent(s -> found.put(miss, s));
      }
    }
    if (leftover) {
      hurry();
    }
    return !found.isEmpty() && learn(found);
  }

  /** Not so: a connection nobody has accepted, and the listener that answers for it. */
  private static boolean isOwnable(Miss miss, OpenSocket socket) {
    boolean listener = miss.key().protocol() == Protocol.TCP && !socket.key().isConnected();
    return socket.inode() != 0 && !listener;
  }

  private boolean learn(Map<Miss, OpenSocket> found) {
    Set<Long> inodes = new HashSet<>();
    found.values().forEach(socket -> inodes.add(socket.inode()));
    seek(inodes);
    boolean learnt = false;
    for (Map.Entry<Miss, OpenSocket> each : found.entrySet()) {
      Miss miss = each.getKey();
      OpenSocket socket = each.getValue();
      Optional<Holder> holder = holders.holder(socket.inode());
      if (holder.isPresent()) {
        counters.increment(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED);
        SocketOwner owner = owners.of(holder.get());
        known.learn(miss.key(), socket, owner);
        rechecks.add(new Recheck(miss, socket, owner, System.nanoTime() + RECHECK_NANOS));
        learnt = true;
      } else if (!isGivenUp(socket.inode())) {
        leftover = true;
        hurry();
      }
    }
    return learnt;
  }

  /** Finds the holders of sockets, likely processes first. */
  private void seek(Set<Long> inodes) {
    inodes.removeIf(inode -> isGivenUp(inode) || holders.holder(inode).isPresent());
    if (inodes.isEmpty()) {
      return;
    }
    holders.walk(processes.refresh(), inodes);
    inodes.removeIf(inode -> holders.holder(inode).isPresent());
    if (inodes.isEmpty()) {
      return;
    }
    holders.walk(owners.pids(), inodes);
    inodes.removeIf(inode -> holders.holder(inode).isPresent());
    if (!inodes.isEmpty() && System.nanoTime() - nextWalkNanos >= 0) {
      walkAll(inodes);
    }
  }

  private void walkAll(Set<Long> wanted) {
    long start = System.nanoTime();
    processes.refresh();
    holders.walkAll();
    for (long inode : wanted) {
      if (holders.holder(inode).isEmpty()) {
        walksInVain.merge(inode, 1, Integer::sum);
      }
    }
    long end = System.nanoTime();
    nextWalkNanos = end + (end - start) * WALK_SHARE;
  }

  private boolean isGivenUp(long inode) {
    return walksInVain.getOrDefault(inode, 0) >= MAX_WALKS_IN_VAIN;
  }

  private boolean recheck() {
    boolean changed = false;
    while (!rechecks.isEmpty() && System.nanoTime() - rechecks.peek().dueNanos >= 0) {
      Recheck recheck = rechecks.remove();
      long inode = recheck.socket.inode();
      seek(new HashSet<>(Set.of(inode)));
      Optional<Holder> holder = holders.holder(inode);
      if (holder.isPresent()) {
        processes.identify(holder.get().process().pid());
        SocketOwner owner = owners.of(holder.get());
        if (!owner.equals(recheck.owner)) {
          known.learn(recheck.miss.key(), recheck.socket, owner);
          changed = true;
        }
      }
    }
    return changed;
  }

  private void scan() throws IOException {
    long start = System.nanoTime();
    try {
      owners.refresh();
      List<OpenSocket> sockets = new ArrayList<>();
      source.dump(sockets::add);
      Set<Long> inodes = new HashSet<>();
      sockets.stream().filter(s -> s.inode() != 0).forEach(s -> inodes.add(s.inode()));
      if (start - nextPeriodicWalkNanos >= 0) {
        nextPeriodicWalkNanos = start + settings.scanIntervalQuiet().toNanos();
        walksInVain.clear();
        walkAll(inodes);
      } else {
        seek(inodes);
      }
      known.scanned(sockets, this::owner, epochNanos());
      scannedOnce = true;
      publish();
    } catch (IOException e) {
      counters.increment(DaemonCounter.OWNERSHIP_SCAN_FAILURES);
      throw e;
    } finally {
      long end = System.nanoTime();
      counters.increment(DaemonCounter.OWNERSHIP_SCANS);
      counters.add(DaemonCounter.OWNERSHIP_SCAN_NANOS, end - start);
      planNextScan(end);
    }
  }

  private SocketOwner owner(OpenSocket socket) {
    return holders
        .holder(socket.inode())
        .map(owners::of)
        .orElseGet(() -> SocketOwner.none(UnattributedReason.NO_PROCESS));
  }

  private void planNextScan(long now) {
    long busy = settings.scanIntervalBusy().toNanos();
    long quiet = settings.scanIntervalQuiet().toNanos();
    scanIntervalNanos = leftover ? busy : Math.min(scanIntervalNanos * 2, quiet);
    leftover = false;
    lastScanNanos = now;
    nextScanNanos = now + scanIntervalNanos;
  }

  /** Brings the next scan forward: something is left that only a scan can find. */
  private void hurry() {
    long soonest = lastScanNanos + settings.scanIntervalBusy().toNanos();
    if (soonest - nextScanNanos < 0) {
      nextScanNanos = soonest;
    }
  }

  private void publish() {
    table = known.table(owners.infos());
  }

  private static long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public void onClose() {
    if (source != null) {
      source.close();
    }
    if (events != null) {
      events.close();
    }
  }

  @Override
  public String roleName() {
    return "ownership";
  }
}
