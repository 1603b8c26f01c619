package io.github.pidflow.ownership;

import io.github.pidflow.bpf.SocketNotes;
import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.Diagnosis;
import io.github.pidflow.processes.CgroupPaths;
import io.github.pidflow.processes.EndedProcess;
import io.github.pidflow.processes.NotedProcesses;
import io.github.pidflow.processes.ProcessTable;
import io.github.pidflow.processes.ServiceManagers;
import io.github.pidflow.processes.SocketHolders;
import io.github.pidflow.processes.SocketHolders.Holder;
import io.github.pidflow.processes.TaskHistory;
import io.github.pidflow.processes.TaskHistory.Past;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockettable.SocketOwner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the owner of a socket and keeps the list of processes that own one. The owner is the
 * process that holds the socket. If no holder can be found, it is the process that closed the
 * socket last, unless that is a service manager, which keeps descriptors of others; and otherwise
 * the one that created it. A process that can only have been sent the socket is no owner of it.
 */
final class OwnerFinder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerFinder.class);

  private static final long NANOS_PER_TICK = 10_000_000;

  private final ProcessTable processes;
  private final SocketHolders holders;
  private final HolderSearch search;
  private final Acceptors acceptors;

  /** Null if the kernel notes no creations, and likewise for the next two. */
  private final NotedProcesses creators;

  private final NotedProcesses closers;
  private final NotedProcesses rawCreators;
  private final RawOwners rawOwners;

  /** Null if nothing is noted. */
  private final CgroupPaths cgroups;

  /** The processes that own a socket, or did, and are alive. */
  private final Set<ProcessTable.Entry> owners = new LinkedHashSet<>();

  private final BiPredicate<KernelSocket, ProcessInfo> isKnownOwner;
  private List<ProcessInfo> ownerInfos = List.of();

  private OwnerFinder(
      ProcessTable processes,
      SocketHolders holders,
      NotedProcesses creators,
      NotedProcesses closers,
      NotedProcesses rawCreators,
      CgroupPaths cgroups,
      BiPredicate<KernelSocket, ProcessInfo> isKnownOwner) {
    this.isKnownOwner = isKnownOwner;
    this.processes = processes;
    this.holders = holders;
    this.creators = creators;
    this.closers = closers;
    this.rawCreators = rawCreators;
    this.cgroups = cgroups;
    search = new HolderSearch(processes, holders);
    acceptors = new Acceptors(processes, holders);
    rawOwners = rawCreators == null || closers == null ? null : new RawOwners(rawCreators, closers);
  }

  /**
   * Opens the sources of knowledge.
   *
   * @param isKnownOwner whether a process was found to be the owner of a socket before
   */
  static OwnerFinder open(
      OwnershipSettings settings,
      DaemonCounters counters,
      BiPredicate<KernelSocket, ProcessInfo> isKnownOwner)
      throws IOException {
    Path procRoot = settings.procRoot();
    ProcessTable processes = ProcessTable.open(procRoot, counters);
    NotedProcesses creators = null;
    NotedProcesses closers = null;
    NotedProcesses rawCreators = null;
    CgroupPaths cgroups = settings.noteCreations() ? cgroups(procRoot) : null;
    if (cgroups != null) {
      NotedProcesses.Open open = start -> NotedProcesses.open(start, procRoot, processes, cgroups);
      creators = notes(SocketNotes::ofCreations, Feature.SOCKET_CREATIONS, open);
      closers = notes(SocketNotes::ofReleases, Feature.SOCKET_CLOSINGS, open);
      rawCreators = notes(SocketNotes::ofRawCreations, Feature.SOCKET_CREATIONS, open);
    }
    SocketHolders holders = new SocketHolders(processes, counters);
    return new OwnerFinder(
        processes, holders, creators, closers, rawCreators, cgroups, isKnownOwner);
  }

  /** Null if there are none, so that nothing can be noted either. */
  private static CgroupPaths cgroups(Path procRoot) {
    try {
      return CgroupPaths.open(procRoot);
    } catch (IOException e) {
      LOG.warn(Feature.SOCKET_CREATIONS.missing(e.getMessage()));
      return null;
    }
  }

  /** Null if the kernel cannot do it: some can note creations and not releases. */
  private static NotedProcesses notes(
      NotedProcesses.Start start, Feature feature, NotedProcesses.Open open) {
    try {
      return open.open(start);
    } catch (IOException e) {
      LOG.warn(feature.missing(e.getMessage(), Diagnosis.read().socketNotesFix(e)));
      return null;
    }
  }

  boolean notesCreations() {
    return creators != null;
  }

  boolean notesClosings() {
    return closers != null;
  }

  /** The owners of raw sockets over time; null if the kernel does not note them. */
  RawOwners rawOwners() {
    return rawOwners;
  }

  /** Whether the kernel tells which fd tables changed, so that few have to be read. */
  boolean tellsChanges() {
    return processes.detectsFdChanges();
  }

  /** Begins a turn of the agent: a noted process is read at most once per turn. */
  void beginTurn() {
    processes.beginTurn();
    holders.beginTurn();
  }

  /**
   * Begins a scan: updates the list of processes and reads the fd tables that changed.
   *
   * @param namesAreCurrent whether renames were followed, so that owners need not be read again
   */
  void beginScan(boolean namesAreCurrent) {
    List<Integer> changed = processes.refresh();
    owners.removeIf(
        entry ->
            namesAreCurrent
                ? !processes.isCurrent(entry)
                : processes.identify(entry.pid()).orElse(null) != entry);
    search.read(changed);
    holders.trustUnchanged(changed);
  }

  /**
   * Notes the sockets of the scan's dump.
   *
   * @param skipped the namespaces that were not dumped
   */
  void listed(List<KernelSocket> dumped, Set<Integer> skipped) {
    acceptors.listed(dumped, skipped);
  }

  void endScan() {
    holders.verifyAll();
  }

  /** Living processes that own a socket, or did: the same list object while nothing changes. */
  List<ProcessInfo> owners() {
    List<ProcessInfo> now = new ArrayList<>(owners.size());
    owners.forEach(entry -> now.add(entry.info()));
    if (!now.equals(ownerInfos)) {
      ownerInfos = List.copyOf(now);
    }
    return ownerInfos;
  }

  List<Integer> ownerPids() {
    return owners.stream().map(ProcessTable.Entry::pid).toList();
  }

  /** What task events have told of processes. */
  TaskHistory taskHistory() {
    return processes.history();
  }

  /** The cgroups of noted processes; null if nothing is noted. */
  CgroupPaths cgroups() {
    return cgroups;
  }

  /** Whether the attributes of this process have been read. */
  boolean isRead(int pid) {
    return processes.hasInfo(pid);
  }

  /** Reads the attributes of a process again; empty if it has ended. */
  Optional<ProcessInfo> reloadProcess(int pid) {
    return processes.identify(pid).map(ProcessTable.Entry::info);
  }

  /**
   * The holder of the socket as the owner, if it is known. A socket whose last descriptor was
   * closed has none: the last known holder may have been about to pass it on. Nor has one that a
   * service manager has accepted and is about to pass on.
   */
  Optional<SocketOwner> holder(KernelSocket socket) {
    return holders
        .holder(socket.inode())
        .filter(holder -> holders.trustsUnchanged() || !isReleased(socket))
        .filter(holder -> !holder.isManager() || !isBeingHandedOver(socket))
        .map(holder -> owner(socket, holder));
  }

  private SocketOwner owner(KernelSocket socket, Holder holder) {
    ProcessInfo info = holder.process().info();
    if (!isKnownOwner.test(socket, info)
        && (isPassedTo(info, socket) || !mayHaveAccepted(info, socket))) {
      return heldByMaker(socket).orElseGet(() -> SocketOwner.none(UnattributedReason.AMBIGUOUS));
    }
    owners.add(holder.process());
    return SocketOwner.of(info, holder.shared());
  }

  /**
   * Whether a process can only have got a socket from another one over a Unix socket, since it is
   * older than the socket, or is no descendant of its creator. Anybody can send a socket to
   * anybody, who then holds it without having asked for it, and may be the last to close it. What
   * it carries may be either's.
   */
  private boolean isPassedTo(ProcessInfo process, KernelSocket socket) {
    return creators != null
        && socket.cookie() != 0
        && creators.isPassedTo(process, socket.cookie());
  }

  /**
   * Whether a process may have accepted a connection, if its creation is not noted. True of one
   * that has ended: its parents are not known.
   */
  private boolean mayHaveAccepted(ProcessInfo process, KernelSocket socket) {
    return creators == null
        || !mayBeAccepted(socket)
        || processes.living(process).filter(each -> !acceptors.contain(each, socket)).isEmpty();
  }

  /** The process that created or accepted a socket as its owner, if it still holds it. */
  private Optional<SocketOwner> heldByMaker(KernelSocket socket) {
    Optional<ProcessTable.Entry> maker =
        noted(creators, socket)
            .flatMap(processes::living)
            .or(() -> acceptors.listening(socket))
            .filter(process -> holders.isHeldBy(process, socket.inode()));
    maker.ifPresent(owners::add);
    return maker.map(process -> SocketOwner.of(process.info(), true));
  }

  /** The owner of a socket without a holder, if the kernel noted its closer or creator. */
  Optional<SocketOwner> noted(KernelSocket socket) {
    Optional<ProcessInfo> closer =
        noted(closers, socket)
            .filter(process -> !ServiceManagers.contain(process))
            .filter(process -> !isPassedTo(process, socket));
    if (closer.filter(process -> !mayHaveAccepted(process, socket)).isPresent()) {
      return Optional.of(SocketOwner.none(UnattributedReason.AMBIGUOUS));
    }
    Optional<ProcessInfo> noted = closer.or(() -> noted(creators, socket));
    noted.flatMap(processes::living).ifPresent(owners::add);
    return noted.map(process -> SocketOwner.of(process, false));
  }

  /** The holder of a socket, or else the process noted for it, or else the reason. */
  SocketOwner ownerOrReason(KernelSocket socket) {
    return holder(socket)
        .or(() -> noted(socket))
        .orElseGet(() -> SocketOwner.none(UnattributedReason.NO_PROCESS));
  }

  /**
   * The process that had a pid at a time, if it is alive, was read while it was, or is known from
   * task events.
   */
  Optional<ProcessInfo> process(int pid, long steadyNanos) {
    long bootNanos = BootClock.bootNanos() - (BootClock.steadyNanos() - steadyNanos);
    long ticks = bootNanos / NANOS_PER_TICK;
    Optional<ProcessInfo> alive =
        processes
            .identifyOncePerTurn(pid)
            .filter(ProcessTable.Entry::isComplete)
            .map(ProcessTable.Entry::info)
            .filter(process -> process.id().startTicks() <= ticks);
    alive.flatMap(processes::living).ifPresent(owners::add);
    return alive.or(() -> ended(pid, bootNanos));
  }

  private Optional<ProcessInfo> ended(int pid, long bootNanos) {
    long ticks = bootNanos / NANOS_PER_TICK;
    Optional<Past> past = processes.history().at(pid, bootNanos);
    long bornTicks = past.filter(Past::hasBirth).map(Past::bornNanos).orElse(0L) / NANOS_PER_TICK;
    ProcessInfo last = processes.remembered(pid);
    // A fork is reported a moment after the start time of the new process.
    boolean isSame =
        last != null && last.id().startTicks() <= ticks && last.id().startTicks() >= bornTicks - 1;
    if (isSame && past.map(Past::comm).orElse(last.comm()).equals(last.comm())) {
      return Optional.of(last);
    }
    long startTicks = isSame ? last.id().startTicks() : bornTicks == 0 ? ticks : bornTicks;
    return past.map(
        each ->
            processes.rememberEnded(
                new ProcessId(pid, startTicks),
                new EndedProcess(
                    each.comm(), each.exe(), EndedProcess.UNKNOWN_USER, "", bornTicks != 0)));
  }

  private static Optional<ProcessInfo> noted(NotedProcesses notes, KernelSocket socket) {
    return notes == null || socket.cookie() == 0
        ? Optional.empty()
        : notes.process(socket.cookie());
  }

  /** When the last descriptor of a socket was closed, in steady time, if noted. */
  OptionalLong closedAtNanos(KernelSocket socket) {
    return closers == null || socket.cookie() == 0
        ? OptionalLong.empty()
        : closers.steadyNanos(socket.cookie());
  }

  /** When a socket was created, {@link SocketOwner#EVER} if that was not noted. */
  long openedAtNanos(KernelSocket socket) {
    return creators == null || socket.cookie() == 0
        ? SocketOwner.EVER
        : creators.steadyNanos(socket.cookie()).orElse(SocketOwner.EVER);
  }

  /** The holder of a socket as its owner, with the attributes of that process read again. */
  Optional<SocketOwner> reloadHolder(KernelSocket socket) {
    Optional<Holder> holder = holders.holder(socket.inode());
    holder.ifPresent(each -> processes.identify(each.process().pid()));
    return holder(socket);
  }

  /** Searches the holders of sockets, see {@link HolderSearch#seek}. */
  void seek(Collection<KernelSocket> sockets) {
    Set<Long> inodes = new HashSet<>();
    Set<Integer> creatorPids = new LinkedHashSet<>();
    for (KernelSocket socket : sockets) {
      if (socket.inode() != 0
          && !isGivenUp(socket)
          && (!search.isHeld(socket.inode()) || isBeingHandedOver(socket))
          && !isReleased(socket)) {
        inodes.add(socket.inode());
        if (creators != null) {
          creators.pid(socket.cookie()).ifPresent(creatorPids::add);
        }
      }
    }
    search.seek(inodes, creatorPids, ownerPids());
  }

  /** Searches the holders of sockets everywhere, see {@link HolderSearch#seekEverywhere}. */
  void seekEverywhere(Collection<KernelSocket> sockets, boolean atOnce) {
    Set<Long> inodes = new HashSet<>();
    Stream<KernelSocket> open = sockets.stream().filter(socket -> socket.inode() != 0);
    open.forEach(socket -> inodes.add(socket.inode()));
    search.seekEverywhere(inodes, atOnce);
  }

  /** Whether a service manager closed the socket last, so that another process may have used it. */
  boolean isClosedByManager(KernelSocket socket) {
    return noted(closers, socket).filter(ServiceManagers::contain).isPresent();
  }

  /** Whether only a service manager holds a connection, and soon a service may, too. */
  boolean isBeingHandedOver(KernelSocket socket) {
    return mayBeAccepted(socket) && holders.isBeingHandedOver(socket.inode());
  }

  /** Whether it is a connection that no process is known to have initiated. */
  private boolean mayBeAccepted(KernelSocket socket) {
    return socket.key().protocol() == Protocol.TCP
        && socket.key().isConnected()
        && openedAtNanos(socket) == SocketOwner.EVER;
  }

  /** Whether the last descriptor was closed, so that there is no holder to find. */
  private boolean isReleased(KernelSocket socket) {
    return closers != null && closers.isNoted(socket.cookie());
  }

  /** Whether the socket is not expected to have a holder, since walks did not find one. */
  boolean isGivenUp(KernelSocket socket) {
    return search.isGivenUp(socket.inode());
  }

  /** Whether a walk of all fd tables is under way. */
  boolean isWalking() {
    return search.isWalking();
  }

  /** Continues the walk for one slice; returns whether it is complete. */
  boolean continueWalk() {
    return search.continueWalk();
  }

  /** The start of the latest complete walk, in steady time. */
  long walkedAtNanos() {
    return search.walkedAtNanos();
  }

  @Override
  public void close() {
    processes.close();
    if (creators != null) {
      creators.close();
    }
    if (closers != null) {
      closers.close();
    }
    if (rawCreators != null) {
      rawCreators.close();
    }
    if (cgroups != null) {
      cgroups.close();
    }
  }
}
