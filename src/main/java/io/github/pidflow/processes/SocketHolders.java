package io.github.pidflow.processes;

import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * Which process holds which socket inode, from the fd tables in {@code /proc}.
 *
 * <p>A socket several processes hold belongs to one of them by this rule: not to pid 1, which keeps
 * the sockets it activates services with; of the others to the one that started first, which is the
 * one that opened it and passed it on; of those that started in the same tick to the lowest pid.
 */
public final class SocketHolders {
  public static final int INIT = 1;
  private static final int MAX_ANCESTORS = 16;

  /** How many holders a scan looks at again; where there are more, some each time. */
  private static final int MAX_CONFIRMED = 512;

  private final ProcFs procFs;
  private final ProcessTable processes;
  private final DaemonCounters counters;
  private Map<Long, Holder> holders = new HashMap<>();

  /** Of a walk that is under way, null if none is. */
  private Map<Long, Holder> walked;

  private final Queue<Integer> toWalk = new ArrayDeque<>();

  /** Whether a holder need not be looked at each time he is asked for. */
  private boolean believes;

  private Set<Integer> doubted = Set.of();
  private int scans;

  public SocketHolders(ProcFs procFs, ProcessTable processes, DaemonCounters counters) {
    this.procFs = procFs;
    this.processes = processes;
    this.counters = counters;
  }

  /**
   * A process that holds a socket.
   *
   * @param shared whether others hold it too
   */
  public record Holder(ProcessTable.Entry process, int fd, boolean shared) {}

  /** The holder of a socket, if one is known and still holds it. */
  public Optional<Holder> holder(long inode) {
    Holder holder = holders.get(inode);
    if (holder == null) {
      return Optional.empty();
    }
    boolean current = processes.isCurrent(holder.process);
    if (believes && isBelieved(inode, holder)) {
      return current ? Optional.of(holder) : Optional.empty();
    }
    if (!current || procFs.socketInode(holder.process.pid(), holder.fd) != inode) {
      holders.remove(inode);
      return Optional.empty();
    }
    return Optional.of(holder);
  }

  /**
   * Looks until {@link #doubt()} only at a part of the sockets if they are many: while its fd table
   * is as long as it was, a process most likely still holds what it held.
   *
   * @param changed whose fd table is not
   */
  public void believe(List<Integer> changed) {
    believes = true;
    doubted = Set.copyOf(changed);
    scans++;
  }

  private boolean isBelieved(long inode, Holder holder) {
    int turns = 1 + holders.size() / MAX_CONFIRMED;
    return (inode + scans) % turns != 0 && !doubted.contains(holder.process.pid());
  }

  /** Whether the fd tables were read for what is open now, so that nothing was closed since. */
  public boolean believes() {
    return believes;
  }

  public void doubt() {
    believes = false;
  }

  /** Reads the fd tables of some processes, for so long at most. */
  public void walk(List<Integer> pids, long nanos) {
    long start = System.nanoTime();
    for (int pid : pids) {
      if (System.nanoTime() - start >= nanos) {
        break;
      }
      walk(pid);
    }
  }

  /** Reads the fd tables of all processes and forgets what was known before. */
  void walkAll() {
    beginWalk();
    walkOn(Long.MAX_VALUE);
  }

  /** Begins to read the fd tables of all processes, to be gone on with. */
  public void beginWalk() {
    counters.increment(DaemonCounter.OWNERSHIP_WALKS);
    walked = new HashMap<>(holders.size() * 2);
    toWalk.clear();
    toWalk.addAll(processes.pids());
  }

  public boolean isWalking() {
    return walked != null;
  }

  /**
   * Goes on with a walk for so long; once it is done, what was known before it is forgotten.
   *
   * @return whether it is done
   */
  public boolean walkOn(long nanos) {
    long start = System.nanoTime();
    while (!toWalk.isEmpty() && System.nanoTime() - start < nanos) {
      walk(toWalk.remove());
    }
    if (toWalk.isEmpty()) {
      holders = walked;
      walked = null;
      return true;
    }
    return false;
  }

  /**
   * Reads the fd tables of some processes until every socket wanted has been seen, for so long at
   * most.
   */
  public void walk(List<Integer> pids, Set<Long> wanted, long nanos) {
    long start = System.nanoTime();
    Set<Long> missing = new HashSet<>(wanted);
    for (int pid : pids) {
      walk(pid);
      missing.removeIf(holders::containsKey);
      if (missing.isEmpty() || System.nanoTime() - start >= nanos) {
        break;
      }
    }
    for (long inode : wanted) {
      holders.computeIfPresent(inode, this::withAncestors);
      if (walked != null) {
        walked.computeIfPresent(inode, this::withAncestors);
      }
    }
  }

  private void walk(int pid) {
    processes.walked(pid);
    Optional<ProcessTable.Entry> process = processes.identify(pid);
    if (process.isEmpty()) {
      return;
    }
    boolean readable =
        procFs.forEachSocket(
            pid,
            (fd, inode) -> {
              Holder holder = new Holder(process.get(), fd, false);
              holders.merge(inode, holder, SocketHolders::choose);
              if (walked != null) {
                walked.merge(inode, holder, SocketHolders::choose);
              }
            });
    if (!readable) {
      counters.increment(DaemonCounter.PROCESS_READ_ERRORS);
    }
  }

  /**
   * An inherited socket keeps its fd number, so a parent that holds it too is found in one look.
   */
  private Holder withAncestors(long inode, Holder holder) {
    Holder chosen = holder;
    int pid = holder.process.parentPid();
    for (int i = 0; i < MAX_ANCESTORS && pid > INIT; i++) {
      if (procFs.socketInode(pid, holder.fd) != inode) {
        break;
      }
      Optional<ProcessTable.Entry> ancestor = processes.identify(pid);
      if (ancestor.isEmpty()) {
        break;
      }
      chosen = choose(chosen, new Holder(ancestor.get(), holder.fd, true));
      pid = ancestor.get().parentPid();
    }
    return chosen;
  }

  static Holder choose(Holder one, Holder other) {
    if (one.process == other.process) {
      return one;
    }
    Holder chosen = isBefore(other.process, one.process) ? other : one;
    return new Holder(chosen.process, chosen.fd, true);
  }

  private static boolean isBefore(ProcessTable.Entry one, ProcessTable.Entry other) {
    if ((one.pid() == INIT) != (other.pid() == INIT)) {
      return other.pid() == INIT;
    }
    return one.startTicks() != other.startTicks()
        ? one.startTicks() < other.startTicks()
        : one.pid() < other.pid();
  }
}
