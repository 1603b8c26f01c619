package io.github.pidflow.ownership;

import io.github.pidflow.bpf.SocketNotes;
import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.processes.ProcFs;
import io.github.pidflow.processes.ProcessReader;
import io.github.pidflow.processes.ProcessTable;
import io.github.pidflow.processes.SocketHolders;
import io.github.pidflow.processes.SocketHolders.Holder;
import io.github.pidflow.processes.UserNames;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.sockets.KernelSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the owner of a socket. The rule: the process that holds it. Where none can be seen to, the
 * one that closed it last, unless that is pid 1, which keeps descriptors of others; or else the one
 * that created it. A connection of which nothing of this is known is the listener's it was accepted
 * from, if one process alone holds that.
 *
 * <p>Reading fd tables is what costs, so a holder is sought where it most likely is: with the
 * creator, with processes that are new or whose fd table changed, with those that own sockets
 * already, and only then, in a bounded share of the time, with everybody.
 */
final class OwnerFinder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerFinder.class);

  /** Walks of all fd tables after misses may take one part in this many of the time. */
  private static final int WALK_SHARE = 20;

  /** A walk is done in slices as long as this: packets and lookups go on in between. */
  private static final long WALK_SLICE_NANOS = 10_000_000;

  /** The kernel's own sockets have an inode and no holder: not to be sought again and again. */
  private static final int MAX_WALKS_IN_VAIN = 2;

  private final ProcessTable processes;
  private final SocketHolders holders;
  private final Owners owners;
  private final NotedProcesses creators;
  private final NotedProcesses closers;
  private final NotedProcesses rawCreators;
  private final RawOwners rawOwners;
  private final Map<Long, Integer> walksInVain = new HashMap<>();
  private final Set<Long> wantedOfWalk = new HashSet<>();
  private long walkNanos;
  private long walkBegunAtNanos;
  private long nextWalkNanos = System.nanoTime();
  private long walkedAtNanos;

  private OwnerFinder(
      ProcessTable processes,
      SocketHolders holders,
      NotedProcesses creators,
      NotedProcesses closers,
      NotedProcesses rawCreators) {
    this.processes = processes;
    this.holders = holders;
    this.creators = creators;
    this.closers = closers;
    owners = new Owners(processes);
    this.rawCreators = rawCreators;
    rawOwners = rawCreators == null || closers == null ? null : new RawOwners(rawCreators, closers);
  }

  static OwnerFinder open(OwnershipSettings settings, DaemonCounters counters) throws IOException {
    ProcFs procFs = new ProcFs(settings.procRoot());
    UserNames users = new UserNames(Path.of("/etc/passwd"));
    ProcessTable processes = new ProcessTable(procFs, new ProcessReader(procFs, users), counters);
    NotedProcesses creators = null;
    NotedProcesses closers = null;
    NotedProcesses rawCreators = null;
    if (settings.noteCreations()) {
      creators =
          notes(SocketNotes::ofCreations, Feature.SOCKET_CREATIONS, procFs, processes, users);
      closers = notes(SocketNotes::ofReleases, Feature.SOCKET_CLOSINGS, procFs, processes, users);
      rawCreators =
          notes(SocketNotes::ofRawCreations, Feature.SOCKET_CREATIONS, procFs, processes, users);
    }
    SocketHolders holders = new SocketHolders(procFs, processes, counters);
    return new OwnerFinder(processes, holders, creators, closers, rawCreators);
  }

  /** Each of the two is had or not: a kernel may know of creations and not of releases. */
  private static NotedProcesses notes(
      NotedProcesses.Start start,
      Feature feature,
      ProcFs procFs,
      ProcessTable processes,
      UserNames users) {
    try {
      return NotedProcesses.open(start, procFs, processes, users);
    } catch (IOException e) {
      LOG.warn(feature.missing(e.getMessage()));
      return null;
    }
  }

  boolean notesCreations() {
    return creators != null;
  }

  /** Who had raw sockets when, null where that is not noted. */
  RawOwners rawOwners() {
    return rawOwners;
  }

  boolean notesClosings() {
    return closers != null;
  }

  /** Processes that own a socket, or did, and live: the same list object while nothing changed. */
  List<ProcessInfo> owners() {
    return owners.infos();
  }

  /** Begins a turn of the agent that asks. */
  void beginTurn() {
    processes.beginTurn();
  }

  /**
   * Begins a scan: looks who ended, what was opened and closed, and who has another name.
   *
   * @param namesAreTold whether those with another name are looked at anyway
   */
  void beginScan(boolean namesAreTold) {
    List<Integer> changed = processes.refresh();
    if (namesAreTold) {
      owners.retainPresent();
    } else {
      owners.refresh();
    }
    holders.walk(changed, WALK_SLICE_NANOS);
    holders.believe(changed);
  }

  void endScan() {
    holders.doubt();
  }

  /** Whether the kernel tells which fd tables changed, so that few have to be read. */
  boolean tellsChanges() {
    return processes.tellsChanges();
  }

  List<Integer> ownerPids() {
    return owners.pids();
  }

  /** Whether it was read what this process is called. */
  boolean isRead(int pid) {
    return processes.isRead(pid);
  }

  /** Looks again what a process is called, if it lives. */
  Optional<ProcessInfo> lookAgain(int pid) {
    return processes.identify(pid).map(ProcessTable.Entry::info);
  }

  /**
   * Who holds the socket, if it is known by now. Not so once its last descriptor has been closed:
   * who was seen with it may have been about to hand it on.
   */
  Optional<SocketOwner> holder(KernelSocket socket) {
    return holders
        .holder(socket.inode())
        .filter(
            holder -> holders.believes() || closers == null || !closers.isNoted(socket.cookie()))
        .map(owners::of);
  }

  /** Who had a socket that nobody can be seen to hold, if the kernel noted anything of it. */
  Optional<SocketOwner> noted(KernelSocket socket) {
    return noted(closers, socket)
        .filter(process -> process.pid() != SocketHolders.INIT)
        .or(() -> noted(creators, socket))
        .map(this::livingOrEnded);
  }

  private static Optional<ProcessInfo> noted(NotedProcesses notes, KernelSocket socket) {
    return notes == null || socket.cookie() == 0
        ? Optional.empty()
        : notes.process(socket.cookie());
  }

  private SocketOwner livingOrEnded(ProcessInfo process) {
    owners.add(process);
    return SocketOwner.of(process, false);
  }

  /** When the last descriptor of a socket was closed, in nanoseconds since the epoch, if noted. */
  OptionalLong closedAtNanos(KernelSocket socket) {
    return closers == null || socket.cookie() == 0
        ? OptionalLong.empty()
        : closers.epochNanos(socket.cookie());
  }

  /** When a socket was created, {@link SocketOwner#EVER} if that is not noted. */
  long openedAtNanos(KernelSocket socket) {
    return creators == null || socket.cookie() == 0
        ? SocketOwner.EVER
        : creators.epochNanos(socket.cookie()).orElse(SocketOwner.EVER);
  }

  /** Looks again who holds a socket and what that process is called. */
  Optional<SocketOwner> lookAgain(KernelSocket socket) {
    seek(List.of(socket));
    Optional<Holder> holder = holders.holder(socket.inode());
    holder.ifPresent(each -> processes.identify(each.process().pid()));
    return holder(socket);
  }

  /** Whether everybody was looked at in vain, so that nobody is expected to hold the socket. */
  boolean isGivenUp(KernelSocket socket) {
    return walksInVain.getOrDefault(socket.inode(), 0) >= MAX_WALKS_IN_VAIN;
  }

  /** Finds the holders of sockets, likely processes first. */
  void seek(Collection<KernelSocket> sockets) {
    Set<Long> inodes = new HashSet<>();
    Set<Integer> creatorPids = new LinkedHashSet<>();
    for (KernelSocket socket : sockets) {
      if (socket.inode() != 0
          && !isGivenUp(socket)
          && !isHeld(socket.inode())
          && !isReleased(socket)) {
        inodes.add(socket.inode());
        if (creators != null) {
          creators.pid(socket.cookie()).ifPresent(creatorPids::add);
        }
      }
    }
    if (isFoundWith(creatorPids, inodes)
        || isFoundWith(processes.refresh(), inodes)
        || isFoundWith(owners.pids(), inodes)) {
      return;
    }
    if (isWalking() || System.nanoTime() - nextWalkNanos >= 0) {
      beginWalk(inodes);
    }
  }

  /** Whether its last descriptor is closed, so that nobody can be found to hold it. */
  private boolean isReleased(KernelSocket socket) {
    return closers != null && closers.isNoted(socket.cookie());
  }

  /**
   * Begins to read everybody's fd table, and forgets who was looked for in vain before.
   *
   * @param atOnce whether that is to be done when this returns
   */
  void seekEverywhere(Collection<KernelSocket> sockets, boolean atOnce) {
    Set<Long> inodes = new HashSet<>();
    sockets.stream().filter(s -> s.inode() != 0).forEach(s -> inodes.add(s.inode()));
    walksInVain.clear();
    beginWalk(inodes);
    if (atOnce) {
      walkOn(Long.MAX_VALUE);
    }
  }

  /** When everybody was last asked what he holds, in nanoseconds since the epoch. */
  long walkedAtNanos() {
    return walkedAtNanos;
  }

  /** Walks some processes, and takes what they hold out of the set; whether nothing is left. */
  private boolean isFoundWith(Collection<Integer> pids, Set<Long> inodes) {
    if (!inodes.isEmpty()) {
      holders.walk(List.copyOf(pids), inodes, WALK_SLICE_NANOS);
      inodes.removeIf(this::isHeld);
    }
    return inodes.isEmpty();
  }

  private boolean isHeld(long inode) {
    return holders.holder(inode).isPresent();
  }

  /** Who is wanted of a walk that is under way may have been passed by: it is another's to tell. */
  private void beginWalk(Set<Long> wanted) {
    if (isWalking()) {
      return;
    }
    walkBegunAtNanos = BootClock.epochNanos();
    walkNanos = 0;
    wantedOfWalk.clear();
    wantedOfWalk.addAll(wanted);
    processes.refresh();
    holders.beginWalk();
  }

  /** Whether everybody's fd table is being read, a part of them each turn. */
  boolean isWalking() {
    return holders.isWalking();
  }

  /** Goes on with the walk; whether it is done now. */
  boolean walkOn() {
    return walkOn(WALK_SLICE_NANOS);
  }

  private boolean walkOn(long nanos) {
    long start = System.nanoTime();
    boolean done = holders.walkOn(nanos);
    long end = System.nanoTime();
    walkNanos += end - start;
    if (done) {
      walkedAtNanos = walkBegunAtNanos;
      for (long inode : wantedOfWalk) {
        if (!isHeld(inode)) {
          walksInVain.merge(inode, 1, Integer::sum);
        }
      }
      wantedOfWalk.clear();
      nextWalkNanos = end + walkNanos * WALK_SHARE;
    }
    return done;
  }

  @Override
  public void close() {
    if (creators != null) {
      creators.close();
    }
    if (closers != null) {
      closers.close();
    }
    if (rawCreators != null) {
      rawCreators.close();
    }
  }
}
