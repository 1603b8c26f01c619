package io.github.pidflow.processes;

import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Path;
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

/** The running processes, and which of them changed since their fd tables were last read. */
public final class ProcessTable implements AutoCloseable {
  static final int MAX_REMEMBERED = 8192;

  private final CgroupOwners cgroupOwners;
  private final ProcFs procFs;
  private final ProcessReader reader;
  private final TaskHistory history;
  private final Map<Integer, Entry> entries = new HashMap<>();
  private final Map<Integer, ProcessInfo> remembered;
  private final Set<Integer> unwalked = new LinkedHashSet<>();
  private final Map<Integer, Optional<Entry>> identifiedThisTurn = new HashMap<>();

  public static ProcessTable open(Path procRoot, DaemonCounters counters) throws IOException {
    ProcFs procFs = new ProcFs(procRoot);
    CgroupOwners owners = CgroupOwners.open();
    UserNames users = new UserNames(Path.of("/etc/passwd"));
    return new ProcessTable(procFs, new ProcessReader(procFs, users, owners), counters, owners);
  }

  private ProcessTable(
      ProcFs procFs, ProcessReader reader, DaemonCounters counters, CgroupOwners cgroupOwners) {
    this.cgroupOwners = cgroupOwners;
    this.procFs = procFs;
    this.reader = reader;
    remembered = new RecentProcesses(counters);
    history = new TaskHistory(procFs, counters);
  }

  ProcessTable(ProcFs procFs, ProcessReader reader, DaemonCounters counters) {
    this(procFs, reader, counters, CgroupOwners.ofPaths());
  }

  @Override
  public void close() {
    cgroupOwners.close();
  }

  /** What task events have told of processes, if they are received. */
  public TaskHistory history() {
    return history;
  }

  ProcFs procFs() {
    return procFs;
  }

  /**
   * Lists the processes again.
   *
   * @return the pids that are new or whose fd table changed since it was walked: the likely owners
   *     of new sockets
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
      boolean changed = entry == null || entry.fdTableState != fdTableState;
      // A child of a service manager becomes a service by exec, which may leave its files as is.
      boolean mayBecomeService = entry != null && entry.isServiceManager();
      if (changed || mayBecomeService) {
        identify(pid)
            .ifPresent(
                current -> {
                  current.fdTableState = fdTableState;
                  if (!current.stat.kernelThread() && (changed || !current.isServiceManager())) {
                    unwalked.add(pid);
                  }
                });
      }
    }
    entries.keySet().retainAll(present);
    unwalked.retainAll(present);
    return List.copyOf(unwalked);
  }

  /** The pids of the service managers. */
  public List<Integer> serviceManagers() {
    return entries.values().stream().filter(Entry::isServiceManager).map(Entry::pid).toList();
  }

  /** Returns whether {@link #refresh} notices files opened and closed by a known process. */
  public boolean detectsFdChanges() {
    return procFs.reportsFdCount();
  }

  /** Notes that a process's fd table is being read. */
  void markWalked(int pid) {
    unwalked.remove(pid);
  }

  /** The pids of all processes but kernel threads, which hold no sockets. */
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

  /** The parent of a process; empty if that is init, or has ended. */
  public Optional<Entry> parent(Entry process) {
    int pid = process.parentPid();
    return pid <= ServiceManagers.INIT ? Optional.empty() : identifyOncePerTurn(pid);
  }

  /** The process of a pid as it was last read. */
  Optional<Entry> known(int pid) {
    return Optional.ofNullable(entries.get(pid));
  }

  /** Reads whether a pid is still the same process under the same name. */
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
    entry.update(stat.get());
    return Optional.of(entry);
  }

  /** Starts a new turn of the calling agent, for {@link #identifyOncePerTurn}. */
  public void beginTurn() {
    identifiedThisTurn.clear();
  }

  /**
   * Like {@link #identify}, but read once per turn: of hundreds of sockets closed within a turn,
   * most belong to one process.
   */
  public Optional<Entry> identifyOncePerTurn(int pid) {
    return identifiedThisTurn.computeIfAbsent(pid, this::identify);
  }

  /** Returns whether the process of a pid has been read, so that a rename of it matters. */
  public boolean hasInfo(int pid) {
    return entries.containsKey(pid) && remembered.containsKey(pid);
  }

  /** Returns whether an entry was still the process of its pid when that was last read. */
  public boolean isCurrent(Entry entry) {
    return entries.get(entry.pid) == entry;
  }

  /** The entry whose latest information this is, if the process was last seen alive. */
  @SuppressWarnings("ReferenceEquality") // an exec creates a new object
  public Optional<Entry> living(ProcessInfo process) {
    return Optional.ofNullable(entries.get(process.pid())).filter(entry -> entry.info == process);
  }

  /** The process last seen under a pid, alive or ended; null if none or forgotten. */
  public ProcessInfo remembered(int pid) {
    return remembered.get(pid);
  }

  /** Describes a process that has ended from what the kernel noted of it, and remembers it. */
  public ProcessInfo rememberEnded(ProcessId id, EndedProcess process) {
    ProcessInfo ended = reader.ended(id, process);
    remember(ended);
    return ended;
  }

  void remember(ProcessInfo process) {
    remembered.put(process.pid(), process);
  }

  /** The processes read most recently. */
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

  /** One process: the same object for its complete life. */
  public final class Entry {
    private final int pid;
    private ProcStat stat;
    private long fdTableState = -1;
    private ProcessInfo info;
    private boolean complete;
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

    /** Whether it starts services and keeps their sockets, see {@link ServiceManagers}. */
    boolean isServiceManager() {
      return ServiceManagers.contain(pid, stat.name());
    }

    boolean hasThreads() {
      return stat.threads() > 1;
    }

    boolean isKernelThread() {
      return stat.kernelThread();
    }

    public long startTicks() {
      return stat.startTicks();
    }

    /** Read on the first call, and again after an exec or a rename. */
    public ProcessInfo info() {
      if (info == null) {
        exe = procFs.link(pid, "exe");
        info = reader.read(pid, stat);
        if (info.exe().isEmpty() && !stat.kernelThread()) {
          // A process whose main thread has ended has no executable in /proc.
          info = history.now(pid).map(past -> info.withExe(past.exe())).orElse(info);
        }
        complete = ProcStat.parse(procFs.read(pid, "stat")).isPresent();
        if (complete) {
          remember(info);
        }
      }
      return info;
    }

    /** False if the process ended while it was read, so that its cgroup or more may be missing. */
    public boolean isComplete() {
      info();
      return complete;
    }

    private void update(ProcStat now) {
      boolean renamed = stat != null && !stat.name().equals(now.name());
      stat = now;
      if (info != null && (renamed || hasOtherExe())) {
        info = null;
      }
    }

    /** Ignores a zombie, which still has a name but no executable. */
    private boolean hasOtherExe() {
      byte[] now = procFs.link(pid, "exe");
      return now.length > 0 && !Arrays.equals(exe, now);
    }
  }
}
