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
 * What the kernel tells of tasks as it happens: forks, ends, new names, new namespaces
 * (perf_event_open(2)). Each online CPU has a ring of its own, so what one CPU did is told in
 * order, and what two did is not: compare the times. A CPU that comes online later is not heard.
 *
 * <p>Pids are those of this process's pid namespace, and tasks outside it are not told of. It needs
 * CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8, or kernel.perf_event_paranoid at 0 or below. For
 * one thread.
 */
public final class TaskEvents extends Pollable implements AutoCloseable {
  private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");
  private static final int DATA_PAGES = 8;

  private final List<Cpu> cpus = new ArrayList<>();
  private final TaskRecord record = new TaskRecord();
  private boolean closed;

  private TaskEvents() {}

  /** What can be listened to. */
  public enum Kind {
    /** Forks and ends. */
    PROCESSES(PerfEvent.TASK),
    /** Names. Forks and ends are told with them, wanted or not. */
    NAMES(PerfEvent.COMM | PerfEvent.COMM_EXEC),
    /**
     * Namespaces, also those of every new task. Needs Linux 4.12. Alone the kernel would never tell
     * of them: it does not take such an event for one that wants records.
     */
    NAMESPACES(PerfEvent.NAMESPACES | PerfEvent.TASK);

    private final long flags;

    Kind(long flags) {
      this.flags = flags;
    }
  }

  /** Who is told. Times are nanoseconds since the epoch, by the clock of packets' time stamps. */
  public interface Listener {
    /**
     * A process, not a thread, was made; by what is said here its parent may have ended already.
     */
    default void onFork(int parentPid, int pid, long timeNanos) {}

    /**
     * A process's main thread has ended. As a rule the process has too; but others of its threads
     * may go on, and one of them that calls exec goes on under this very pid.
     */
    default void onExit(int pid, long timeNanos) {}

    /**
     * A thread has a new name.
     *
     * @param tid equal to the pid if the name is the process's
     * @param exec whether it was given by an exec
     */
    default void onComm(int pid, int tid, String comm, boolean exec, long timeNanos) {}

    /**
     * A task was made, or went into another namespace.
     *
     * @param netInode of its network namespace, changed or not
     */
    default void onNamespaces(int pid, int tid, long netInode, long timeNanos) {}
  }

  /** Starts to listen. */
  public static TaskEvents open(Set<Kind> kinds) throws IOException {
    long records = 0;
    for (Kind kind : kinds) {
      records |= kind.flags;
    }
    TaskEvents events = new TaskEvents();
    try {
      for (int cpu : cpus(Files.readString(ONLINE, StandardCharsets.US_ASCII))) {
        events.listen(cpu, records);
      }
      return events;
    } catch (IOException e) {
      events.close();
      throw e;
    }
  }

  /**
   * Tells what has happened since the last call, without waiting for more.
   *
   * @return how many records there were, those not told of included
   */
  public int drain(Listener listener) {
    record.tell(listener);
    int records = 0;
    for (Cpu cpu : cpus) {
      records += cpu.ring.drain(record);
    }
    return records;
  }

  /** Records that found no room in a ring, as the kernel said when there was room again. */
  public long lost() {
    return record.lost();
  }

  /** Records that were not what they should be, and rings given up for a while for that. */
  public long malformed() {
    long malformed = record.malformed();
    for (Cpu cpu : cpus) {
      malformed += cpu.ring.malformed();
    }
    return malformed;
  }

  @Override
  int[] fds() {
    return cpus.stream().mapToInt(Cpu::fd).toArray();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      // Each event is closed before its ring is unmapped.
      cpus.forEach(cpu -> LibC.close(cpu.fd));
      cpus.forEach(cpu -> cpu.region.close());
      cpus.clear();
    }
  }

  private record Cpu(int fd, MappedRegion region, PerfRing ring) {}

  private void listen(int cpu, long records) throws NativeIoException {
    int fd;
    try {
      fd = PerfEvent.open(cpu, records);
    } catch (NativeIoException e) {
      if (e.errno() == Errno.ENODEV) {
        return; // It went offline just now.
      }
      throw e;
    }
    try {
      int page = LibC.getpagesize();
      MappedRegion region = MappedRegion.map(fd, (1 + DATA_PAGES) * page);
      cpus.add(new Cpu(fd, region, new PerfRing(region.buffer(), page)));
    } catch (NativeIoException e) {
      LibC.close(fd);
      throw e;
    }
  }

  /** Reads a list like {@code 0-3,8}. */
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
