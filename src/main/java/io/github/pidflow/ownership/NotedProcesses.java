package io.github.pidflow.ownership;

import io.github.pidflow.bpf.SocketNotes;
import io.github.pidflow.bpf.SocketNotes.Note;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.Cgroups;
import io.github.pidflow.processes.CgroupPath;
import io.github.pidflow.processes.ProcFs;
import io.github.pidflow.processes.ProcessTable;
import io.github.pidflow.processes.UserNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Names the process that created a socket, or the one that closed it last, from what the kernel
 * noted; also one that has ended since. It is asked where no process can be seen to hold the
 * socket; where one can, that one is the owner, whoever created it.
 */
public final class NotedProcesses implements AutoCloseable {
  private static final long NANOS_PER_TICK = 10_000_000;

  /** Inode of the initial pid namespace, the one whose pids the kernel notes (linux/proc_ns.h). */
  private static final String INITIAL_PID_NAMESPACE = "pid:[4026531836]";

  private final SocketNotes notes;
  private final ProcessTable processes;
  private final UserNames users;
  private final Cgroups cgroups;

  private NotedProcesses(
      SocketNotes notes, Cgroups cgroups, ProcessTable processes, UserNames users) {
    this.notes = notes;
    this.cgroups = cgroups;
    this.processes = processes;
    this.users = users;
  }

  /** Starts to note something of sockets. */
  @FunctionalInterface
  public interface Start {
    SocketNotes notes() throws IOException;
  }

  /**
   * Starts to take notes.
   *
   * @throws IOException why that cannot be had here
   */
  static NotedProcesses open(Start start, ProcFs procFs, ProcessTable processes, UserNames users)
      throws IOException {
    requireInitialPids(procFs);
    return new NotedProcesses(start.notes(), Cgroups.open(), processes, users);
  }

  /**
   * Tries to take notes, and stops again.
   *
   * @throws IOException why that cannot be had here
   */
  public static void probe(Start start, ProcFs procFs) throws IOException {
    requireInitialPids(procFs);
    start.notes().close();
  }

  private static void requireInitialPids(ProcFs procFs) throws IOException {
    // The second look is for a container that reads the host's /proc.
    if (!isInitial(procFs, (int) ProcessHandle.current().pid()) && !isInitial(procFs, 1)) {
      throw new IOException(
          "the pids in " + procFs.root() + " are those of a pid namespace, not the kernel's own");
    }
  }

  private static boolean isInitial(ProcFs procFs, int pid) {
    String namespace = new String(procFs.link(pid, "ns/pid"), StandardCharsets.US_ASCII);
    return namespace.equals(INITIAL_PID_NAMESPACE);
  }

  boolean isNoted(long cookie) {
    return notes.has(cookie);
  }

  /** The pid of the process noted for a socket, which may not be alive. */
  Optional<Integer> pid(long cookie) {
    return notes.find(cookie).map(Note::pid);
  }

  /**
   * A socket that was created.
   *
   * @param atNanos when, since the epoch
   */
  record Creation(long cookie, ProcessInfo process, long atNanos) {}

  /** The sockets of a protocol noted in a network namespace. */
  List<Creation> creations(int protocol, long netnsCookie) {
    return notes.all().stream()
        .filter(each -> each.protocol() == protocol && each.netnsCookie() == netnsCookie)
        .map(
            each ->
                new Creation(
                    each.cookie(),
                    process(each.note()),
                    BootClock.epochNanos(each.note().bootNanos())))
        .toList();
  }

  /** The process noted for a socket, if there is a note. */
  Optional<ProcessInfo> process(long cookie) {
    return notes.find(cookie).map(this::process);
  }

  /** When it was noted, in nanoseconds since the epoch, a microsecond or two late at most. */
  OptionalLong epochNanos(long cookie) {
    return notes.find(cookie).stream()
        .mapToLong(note -> BootClock.epochNanos(note.bootNanos()))
        .findFirst();
  }

  private ProcessInfo process(Note note) {
    ProcessInfo alive =
        processes
            .identifyOnceATurn(note.pid())
            .filter(ProcessTable.Entry::isWhole)
            .map(ProcessTable.Entry::info)
            .orElse(null);
    ProcessInfo last = alive != null ? alive : processes.remembered(note.pid());
    if (last != null && isNoted(last, note, alive != null)) {
      return last;
    }
    // The process is gone, its cgroup most often is not.
    CgroupPath cgroup = CgroupPath.of(cgroups.path(note.cgroupId()).orElse(""));
    ProcessInfo ended =
        new ProcessInfo(
            new ProcessId(note.pid(), note.bootNanos() / NANOS_PER_TICK),
            note.comm(),
            "",
            users.name(note.uid()),
            cgroup.unit(),
            cgroup.containerId(),
            cgroup.podUid(),
            0);
    processes.remember(ended);
    return ended;
  }

  /** Not so if the pid was handed on: to a later process, or by an earlier one of another name. */
  private static boolean isNoted(ProcessInfo process, Note note, boolean alive) {
    boolean sameName = !note.mainThread() || process.comm().equals(note.comm());
    return process.id().startTicks() <= note.bootNanos() / NANOS_PER_TICK && (alive || sameName);
  }

  @Override
  public void close() {
    notes.close();
    cgroups.close();
  }
}
