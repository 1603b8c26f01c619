package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

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
  private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");
  private static final int DATA_PAGES = 32;

  private final List<Cpu> cpus = new ArrayList<>();
  private final TaskRecord record = new TaskRecord();

  private TaskEvents() {}

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
    long records = 0;
    for (Kind kind : kinds) {
      records |= kind.flags;
    }
    TaskEvents events = new TaskEvents();
    try {
      for (int cpu : cpus(Files.readString(ONLINE, StandardCharsets.US_ASCII))) {
        events.openRing(cpu, records);
      }
      return events;
    } catch (IOException e) {
      events.close();
      throw e;
    }
  }

  /**
   * Reports the events since the last call, without waiting for more.
   *
   * @return the number of records read, including those that are not reported
   */
  public int drain(Listener listener) {
    record.setListener(listener);
    int records = 0;
    for (Cpu cpu : cpus) {
      records += cpu.ring.drain(record);
    }
    return records;
  }

  /** The number of records lost because a ring was full, as far as the kernel has reported. */
  public long lost() {
    return record.lost();
  }

  /** The number of malformed records, and of rings skipped because of a malformed length. */
  public long malformed() {
    long malformed = record.malformed();
    for (Cpu cpu : cpus) {
      malformed += cpu.ring.malformed();
    }
    return malformed;
  }

  @Override
  List<Descriptor> descriptors() {
    return cpus.stream().map(Cpu::event).toList();
  }

  @Override
  public void close() {
    // Each event is closed before its ring is unmapped.
    cpus.forEach(cpu -> cpu.event.close());
    cpus.forEach(cpu -> cpu.region.close());
    cpus.clear();
  }

  private record Cpu(Descriptor event, MappedRegion region, PerfRing ring) {}

  private void openRing(int cpu, long records) throws NativeIoException {
    Descriptor event;
    try {
      event = PerfEvent.open(cpu, records);
    } catch (NativeIoException e) {
      if (e.errno() == Errno.ENODEV) {
        return; // The CPU has just gone offline.
      }
      throw e;
    }
    try {
      int page = LibC.getpagesize();
      MappedRegion region = MappedRegion.map(event, (1 + DATA_PAGES) * page);
      cpus.add(new Cpu(event, region, new PerfRing(region.buffer(), page)));
    } catch (NativeIoException e) {
      event.close();
      throw e;
    }
  }

  /** Parses a list of CPUs like {@code 0-3,8}. */
  static int[] cpus(String list) throws IOException {
    try {
      return Arrays.stream(list.strip().split(",", -1))
          .map(range -> range.split("-", 2))
          .flatMapToInt(
              ends ->
                  IntStream.rangeClosed(
                      Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
          .toArray();
    } catch (NumberFormatException e) {
      throw new IOException(ONLINE + ": " + list, e);
    }
  }
}
