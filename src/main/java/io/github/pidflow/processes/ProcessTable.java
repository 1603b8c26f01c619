package io.github.pidflow.processes;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The processes there are, and which of them changed since they were last looked at. */
public final class ProcessTable {
  static final int MAX_REMEMBERED = 8192;

  private final ProcFs procFs;
  private final ProcessReader reader;
  private final Map<Integer, Entry> entries = new HashMap<>();
  private final Map<Integer, ProcessInfo> remembered;
  private final Set<Integer> unwalked = new LinkedHashSet<>();
  private final Map<Integer, Optional<Entry>> identifiedThisTurn = new HashMap<>();

  public ProcessTable(ProcFs procFs, ProcessReader reader, DaemonCounters counters) {
    this.procFs = procFs;
    this.reader = reader;
    remembered = new RecentProcesses(counters);
  }

  /**
   * Lists the processes anew.
   *
   * @return the pids that are new or whose fd table changed since it was walked: where a new
   *     socket's owner most likely is
   */
  public List<Integer> refresh() {
    Set<Integer> present = new HashSet<>();
    for (int pid : procFs.pids()) {
      present.add(pid);
      Entry entry = entries.get(pid);
      if (entry != null && entry.stat.kernelThread()) {
        continue;
      }
      long fdTableState = procFs.fdTableState(pid);
      if (entry == null || entry.fdTableState != fdTableState) {
        identify(pid)
            .ifPresent(
                current -> {
                  current.fdTableState = fdTableState;
                  if (!current.stat.kernelThread()) {
                    unwalked.add(pid);
                  }
                });
      }
    }
    entries.keySet().retainAll(present);
    unwalked.retainAll(present);
    return List.copyOf(unwalked);
  }

  public boolean tellsChanges() {
    return procFs.tellsFdCount();
  }

  /** Notes that a process's fd table is read now. */
  void walked(int pid) {
    unwalked.remove(pid);
  }

  /** Every process that can hold a socket. */
  List<Integer> pids() {
    List<Integer> pids = new ArrayList<>(entries.size());
    entries.forEach(
        (pid, entry) -> {
          if (!entry.stat.kernelThread()) {
            pids.add(pid);
          }
        });
    return pids;
  }

  /** Looks again whether this pid is still the same process under the same name. */
  public Optional<Entry> identify(int pid) {
    Optional<ProcStat> stat = ProcStat.parse(procFs.read(pid, "stat"));
    if (stat.isEmpty()) {
      entries.remove(pid);
      return Optional.empty();
    }
    Entry entry = entries.get(pid);
    if (entry == null || entry.stat.startTicks() != stat.get().startTicks()) {
      entry = new Entry(pid);
      entries.put(pid, entry);
    }
    entry.look(stat.get());
    return Optional.of(entry);
  }

  /** Begins a turn of whoever asks: what is answered once a turn is read anew. */
  public void beginTurn() {
    identifiedThisTurn.clear();
  }

  /**
   * Who is under this pid, read once a turn: of hundreds of sockets that close within one, most
   * often all are of one process.
   */
  public Optional<Entry> identifyOnceATurn(int pid) {
    return identifiedThisTurn.computeIfAbsent(pid, this::identify);
  }

  /** Whether it was read who is under this pid, so that another name of his is news. */
  public boolean isRead(int pid) {
    return entries.containsKey(pid) && remembered.containsKey(pid);
  }

  /** Whether this is still what its pid stands for, as far as was last looked. */
  public boolean isCurrent(Entry entry) {
    return entries.get(entry.pid) == entry;
  }

  /** The process of which this was last read, if it was there when it was last looked for. */
  @SuppressWarnings("ReferenceEquality") // an exec makes a new object
  public Optional<Entry> living(ProcessInfo process) {
    return Optional.ofNullable(entries.get(process.pid())).filter(entry -> entry.info == process);
  }

  /** Who was last seen under this pid, alive or not; null if nobody was, or long ago. */
  public ProcessInfo remembered(int pid) {
    return remembered.get(pid);
  }

  public void remember(ProcessInfo process) {
    remembered.put(process.pid(), process);
  }

  /** The processes looked at last. */
  private static final class RecentProcesses extends LinkedHashMap<Integer, ProcessInfo> {
    private static final long serialVersionUID = 1;

    private final transient DaemonCounters counters;

    RecentProcesses(DaemonCounters counters) {
      this.counters = counters;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, ProcessInfo> eldest) {
      boolean full = size() > MAX_REMEMBERED;
      if (full) {
        counters.increment(DaemonCounter.PROCESSES_FORGOTTEN);
      }
      return full;
    }
  }

  /** One process: the same object for as long as it lives. */
  public final class Entry {
    private final int pid;
    private ProcStat stat;
    private long fdTableState = -1;
    private ProcessInfo info;
    private boolean whole;
    private byte[] exe;

    private Entry(int pid) {
      this.pid = pid;
    }

    public int pid() {
      return pid;
    }

    public int parentPid() {
      return stat.parentPid();
    }

    public long startTicks() {
      return stat.startTicks();
    }

    /** Who it is, read when first asked and again after an exec or a renaming. */
    public ProcessInfo info() {
      if (info == null) {
        exe = procFs.link(pid, "exe");
        info = reader.read(pid, stat);
        whole = ProcStat.parse(procFs.read(pid, "stat")).isPresent();
        if (whole) {
          remember(info);
        }
      }
      return info;
    }

    /** Not so if it ended while it was read: then its cgroup, or all of it, may be missing. */
    public boolean isWhole() {
      info();
      return whole;
    }

    private void look(ProcStat now) {
      boolean renamed = stat != null && !stat.name().equals(now.name());
      stat = now;
      if (info != null && (renamed || hasOtherExe())) {
        info = null;
      }
    }

    /** A process that has ended and waits for its parent has a name still, and no exe. */
    private boolean hasOtherExe() {
      byte[] now = procFs.link(pid, "exe");
      return now.length > 0 && !Arrays.equals(exe, now);
    }
  }
}
