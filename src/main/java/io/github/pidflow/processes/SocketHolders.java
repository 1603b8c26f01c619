package io.github.pidflow.processes;

import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.HeapBound;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * Finds which process holds which socket inode, from the fd tables in {@code /proc}.
 *
 * <p>A socket held by several processes is assigned to one of them: not to a service manager, which
 * keeps the sockets of its services; otherwise to the process that started first, since it opened
 * the socket and passed it on; among processes started in the same tick to the lowest pid.
 */
public final class SocketHolders {
  private static final int MAX_ANCESTORS = 16;

  /** The number of holders a scan verifies; if there are more, scans take turns. */
  private static final int MAX_VERIFIED = 512;

  /**
   * The most sockets whose holders are kept though nobody has asked for them, and those of one
   * process, which may hold hundreds of thousands. The holders of others are found when they are
   * wanted.
   */
  private static final int MAX_UNWANTED = HeapBound.of(98_304);

  private static final int MAX_UNWANTED_PER_PROCESS = MAX_UNWANTED / 3;

  private final ProcFs procFs;
  private final ProcessTable processes;
  private final DaemonCounters counters;
  private Map<Long, Holder> holders = new HashMap<>();

  /** The holders found by the walk in progress, null if there is none. */
  private Map<Long, Holder> walked;

  private final HandOvers handOvers = new HandOvers();
  private final Queue<Integer> toWalk = new ArrayDeque<>();

  /** Whether most holders are returned without verification. */
  private boolean trustsUnchanged;

  private Set<Integer> changedPids = Set.of();
  private final Map<Integer, Set<Long>> heldThisTurn = new HashMap<>();
  private int scans;

  /** The sockets that a search has not found so far. */
  private Set<Long> missing = new HashSet<>();

  /** The sockets that the walk in progress is for. */
  private Set<Long> wantedOfWalk = Set.of();

  private int unwantedOfProcess;

  public SocketHolders(ProcessTable processes, DaemonCounters counters) {
    procFs = processes.procFs();
    this.processes = processes;
    this.counters = counters;
  }

  /**
   * A process that holds a socket.
   *
   * @param tid the thread in whose descriptor table it is, {@link #ALL_THREADS} if that is shared
   * @param shared whether other processes hold it too
   */
  public record Holder(ProcessTable.Entry process, int tid, int fd, boolean shared) {
    static final int ALL_THREADS = 0;

    private static Holder of(ProcessTable.Entry process, int fd) {
      return new Holder(process, ALL_THREADS, fd, false);
    }

    private Holder asShared() {
      return new Holder(process, tid, fd, true);
    }

    /**
     * Whether it is a service manager, so that another process may hold the socket, or soon will.
     */
    public boolean isManager() {
      return process.isServiceManager();
    }
  }

  /** The holder of a socket, if one is known and still holds the socket. */
  public Optional<Holder> holder(long inode) {
    Holder holder = holders.get(inode);
    if (holder == null) {
      return Optional.empty();
    }
    boolean current = processes.isCurrent(holder.process);
    if (trustsUnchanged && isTrusted(inode, holder)) {
      return current ? Optional.of(holder) : Optional.empty();
    }
    if (!current || inodeAt(holder) != inode) {
      holders.remove(inode);
      return Optional.empty();
    }
    return Optional.of(holder);
  }

  private long inodeAt(Holder holder) {
    int pid = holder.process.pid();
    return holder.tid == Holder.ALL_THREADS
        ? procFs.socketInode(pid, holder.fd)
        : procFs.socketInode(pid, holder.tid, holder.fd);
  }

  /**
   * Verifies only a part of the holders until {@link #verifyAll}, if there are many: a process
   * whose fd table kept its size most likely still holds the same sockets.
   *
   * @param changed the pids whose fd table changed
   */
  public void trustUnchanged(List<Integer> changed) {
    trustsUnchanged = true;
    changedPids = Set.copyOf(changed);
    scans++;
  }

  private boolean isTrusted(long inode, Holder holder) {
    int turns = 1 + holders.size() / MAX_VERIFIED;
    return (inode + scans) % turns != 0 && !changedPids.contains(holder.process.pid());
  }

  /** Returns whether holders are those of the sockets that are open now. */
  public boolean trustsUnchanged() {
    return trustsUnchanged;
  }

  /** Verifies every holder again from now on. */
  public void verifyAll() {
    trustsUnchanged = false;
    handOvers.retain(inode -> holder(inode).filter(Holder::isManager).isPresent());
  }

  /** Reads the fd tables of some processes, within a time limit. */
  public void walk(List<Integer> pids, long nanos) {
    long start = System.nanoTime();
    for (int pid : pids) {
      if (System.nanoTime() - start >= nanos) {
        break;
      }
      walk(pid);
    }
  }

  /** Reads the fd tables of all processes, replacing all known holders. */
  void walkAll() {
    beginWalk(Set.of());
    continueWalk(Long.MAX_VALUE);
  }

  /**
   * Begins to read the fd tables of all processes; {@link #continueWalk} does so in steps.
   *
   * @param wanted the sockets that it is for
   */
  public void beginWalk(Set<Long> wanted) {
    counters.increment(DaemonCounter.OWNERSHIP_WALKS);
    wantedOfWalk = wanted;
    walked = new HashMap<>(holders.size() * 2);
    toWalk.clear();
    toWalk.addAll(processes.pids());
  }

  public boolean isWalking() {
    return walked != null;
  }

  /**
   * Continues the walk within a time limit. Once it is complete, its holders replace all others.
   *
   * @return whether it is complete
   */
  public boolean continueWalk(long nanos) {
    long start = System.nanoTime();
    while (!toWalk.isEmpty() && System.nanoTime() - start < nanos) {
      int pid = toWalk.remove();
      walk(pid);
      walkThreads(pid);
    }
    if (toWalk.isEmpty()) {
      holders = walked;
      walked = null;
      wantedOfWalk = Set.of();
      return true;
    }
    return false;
  }

  /** Reads the fd tables of some processes until all wanted sockets are found, or time is up. */
  public void walk(List<Integer> pids, Set<Long> wanted, long nanos) {
    long start = System.nanoTime();
    missing = new HashSet<>(wanted);
    missing.removeIf(this::hasUser);
    for (int pid : pids) {
      walk(pid);
      if (missing.isEmpty() || System.nanoTime() - start >= nanos) {
        break;
      }
    }
    missing.clear();
    for (long inode : wanted) {
      holders.computeIfPresent(inode, this::withAncestors);
      if (walked != null) {
        walked.computeIfPresent(inode, this::withAncestors);
      }
    }
  }

  /** Whether a process holds the socket that is no service manager. */
  public boolean hasUser(long inode) {
    return holder(inode).filter(holder -> !holder.isManager()).isPresent();
  }

  /**
   * Whether only a service manager holds a connection, so that the service that it is for has yet
   * to be found. After a few seconds the manager itself counts as its owner.
   */
  public boolean isBeingHandedOver(long inode) {
    return holder(inode).filter(Holder::isManager).isPresent()
        && handOvers.await(inode, System.nanoTime());
  }

  /** Whether a process holds a socket. Its fd table is read once per turn. */
  public boolean isHeldBy(ProcessTable.Entry process, long inode) {
    return heldThisTurn.computeIfAbsent(process.pid(), this::inodes).contains(inode);
  }

  private Set<Long> inodes(int pid) {
    Set<Long> inodes = new HashSet<>();
    procFs.forEachSocket(pid, (fd, inode) -> inodes.add(inode));
    procFs.forEachThreadSocket(pid, (tid, fd, inode) -> inodes.add(inode));
    return inodes;
  }

  /** Begins a turn of the calling agent, for {@link #isHeldBy}. */
  public void beginTurn() {
    heldThisTurn.clear();
  }

  private void walk(int pid) {
    unwantedOfProcess = 0;
    processes.markWalked(pid);
    Optional<ProcessTable.Entry> process = processes.identify(pid);
    if (process.isEmpty()) {
      return;
    }
    boolean readable =
        procFs.forEachSocket(pid, (fd, inode) -> found(inode, Holder.of(process.get(), fd)));
    if (!readable) {
      counters.increment(DaemonCounter.PROCESS_READ_ERRORS);
    }
  }

  /** Reads what the threads of a process do not share, which is rare. */
  private void walkThreads(int pid) {
    processes
        .known(pid)
        .filter(ProcessTable.Entry::hasThreads)
        .ifPresent(
            process ->
                procFs.forEachThreadSocket(
                    pid, (tid, fd, inode) -> found(inode, new Holder(process, tid, fd, false))));
  }

  private void found(long inode, Holder holder) {
    boolean wanted = missing.contains(inode) || wantedOfWalk.contains(inode);
    if (!wanted && ++unwantedOfProcess > MAX_UNWANTED_PER_PROCESS) {
      return;
    }
    if (!holder.isManager()) {
      missing.remove(inode);
    }
    keep(holders, inode, holder, wanted);
    if (walked != null) {
      keep(walked, inode, holder, wanted);
    }
  }

  private static void keep(Map<Long, Holder> map, long inode, Holder holder, boolean wanted) {
    if (wanted || map.size() < MAX_UNWANTED || map.containsKey(inode)) {
      map.merge(inode, holder, SocketHolders::choose);
    }
  }

  /** An inherited socket keeps its fd number, so one read tells whether a parent holds it too. */
  private Holder withAncestors(long inode, Holder holder) {
    Holder chosen = holder;
    int pid = holder.process.parentPid();
    for (int i = 0; i < MAX_ANCESTORS && pid > ServiceManagers.INIT; i++) {
      if (procFs.socketInode(pid, holder.fd) != inode) {
        break;
      }
      Optional<ProcessTable.Entry> ancestor = processes.identify(pid);
      if (ancestor.isEmpty()) {
        break;
      }
      chosen = choose(chosen, Holder.of(ancestor.get(), holder.fd).asShared());
      pid = ancestor.get().parentPid();
    }
    return chosen;
  }

  static Holder choose(Holder one, Holder other) {
    if (one.process == other.process) {
      return one;
    }
    return (isBefore(other.process, one.process) ? other : one).asShared();
  }

  private static boolean isBefore(ProcessTable.Entry one, ProcessTable.Entry other) {
    if (one.isServiceManager() != other.isServiceManager()) {
      return other.isServiceManager();
    }
    return one.startTicks() != other.startTicks()
        ? one.startTicks() < other.startTicks()
        : one.pid() < other.pid();
  }
}
