package io.github.pidflow.linux;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Reports what tasks do as it happens: forks, exits, new names, new namespaces
 * (perf_event_open(2)). Each online CPU has a ring of its own. Events of one CPU are therefore
 * reported in order, those of different CPUs are not: compare their times. Events of a CPU that
 * comes online later are not reported.
 *
 * <p>Pids are those of this process's pid namespace, and tasks outside it are not reported. Needs
 * CAP_PERFMON, CAP_SYS_ADMIN before Linux 5.8, or kernel.perf_event_paranoid of 0 or below. For one
 * thread.
 */
public final class TaskEvents extends Pollable implements AutoCloseable {
  private static final int DATA_PAGES = 32;

  private final PerfRings rings;
  private final TaskRecord record = new TaskRecord();

  private TaskEvents(PerfRings rings) {
    this.rings = rings;
  }

  /** A kind of event. */
  public enum Kind {
    /** Forks and exits. */
    PROCESSES(PerfEvent.TASK),
    /** New names. The kernel reports forks and exits with them, requested or not. */
    NAMES(PerfEvent.COMM | PerfEvent.COMM_EXEC),
    /**
     * Changes of namespaces, and the namespaces of every new task. Needs Linux 4.12. The kernel
     * writes these records only for an event that requests others too, here forks and exits.
     */
    NAMESPACES(PerfEvent.NAMESPACES | PerfEvent.TASK),
    /** Files mapped to be executed. The kernel reports forks and exits with them. */
    EXECUTABLES(PerfEvent.EXECUTABLE_MAPPINGS),
    /** New cgroups of the hierarchy that perf_event belongs to, normally v2. Needs Linux 5.7. */
    CGROUPS(PerfEvent.CGROUP);

    private final long flags;

    Kind(long flags) {
      this.flags = flags;
    }
  }

  /** Receives the events. Times are nanoseconds since boot, from the clock of eBPF programs. */
  public interface Listener {
    /** A process, not a thread, was created. Its parent may have exited since. */
    default void onFork(int parentPid, int pid, long timeNanos) {}

    /**
     * A process's main thread has exited, and usually the process with it. But other threads may
     * still run, and one that calls exec continues under this pid.
     */
    default void onExit(int pid, long timeNanos) {}

    /**
     * A thread has a new name.
     *
     * @param tid equal to the pid if the thread is the process's main thread
     * @param exec whether the name comes from an exec
     */
    default void onComm(int pid, int tid, String comm, boolean exec, long timeNanos) {}

    /**
     * A task was created or has changed a namespace.
     *
     * @param netInode the inode of its network namespace, even if another namespace has changed
     */
    default void onNamespaces(int pid, int tid, long netInode, long timeNanos) {}

    /**
     * A process has mapped a file to execute it. The first one after an exec is its executable, as
     * {@code /proc/PID/exe} shows it.
     */
    default void onExecutable(int pid, String path, long timeNanos) {}

    /** A cgroup was created; its path is that below the mount point of its hierarchy. */
    default void onCgroup(long id, String path, long timeNanos) {}
  }

  /** Starts to record events of these kinds. */
  public static TaskEvents open(Set<Kind> kinds) throws IOException {
    long records = kinds.stream().mapToLong(kind -> kind.flags).reduce(0, (a, b) -> a | b);
    return new TaskEvents(PerfRings.open(cpu -> PerfEvent.open(cpu, records), DATA_PAGES));
  }

  /**
   * Reports the events since the last call, without waiting for more.
   *
   * @return the number of records read, including those that are not reported
   */
  public int drain(Listener listener) {
    record.setListener(listener);
    return rings.drain(record);
  }

  /** The number of records lost because a ring was full, as far as the kernel has reported. */
  public long lost() {
    return record.lost();
  }

  /** The number of malformed records, and of rings skipped because of a malformed length. */
  public long malformed() {
    return record.malformed() + rings.malformed();
  }

  @Override
  List<Descriptor> descriptors() {
    return rings.descriptors();
  }

  @Override
  public void close() {
    rings.close();
  }
}
