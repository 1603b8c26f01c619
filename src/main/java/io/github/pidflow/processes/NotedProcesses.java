package io.github.pidflow.processes;

import io.github.pidflow.bpf.PidNumbering;
import io.github.pidflow.bpf.SocketNotes;
import io.github.pidflow.bpf.SocketNotes.Note;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.processes.TaskHistory.Past;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Identifies the process that created a socket, or closed it last, from the kernel's notes, even if
 * the process has ended. Only used for sockets without a holder: a holder is the owner, whichever
 * process created the socket.
 */
public final class NotedProcesses implements AutoCloseable {

  /** A fork is reported a moment after the start time of the new process. */
  private static final long FORK_TICKS = 1;

  private static final int ROOT = 0;
  private static final String KWORKER = "kworker/";

  private final SocketNotes notes;
  private final ProcessTable processes;
  private final CgroupPaths cgroups;

  private NotedProcesses(SocketNotes notes, CgroupPaths cgroups, ProcessTable processes) {
    this.notes = notes;
    this.cgroups = cgroups;
    this.processes = processes;
  }

  /** Loads a program that notes events of sockets. */
  @FunctionalInterface
  public interface Start {
    SocketNotes notes(PidNumbering pids) throws IOException;
  }

  /** Opens the notes of a program. */
  @FunctionalInterface
  public interface Open {
    NotedProcesses open(Start start) throws IOException;
  }

  /**
   * Loads the program.
   *
   * @param cgroups is not closed here
   * @throws IOException if the kernel or the pid namespace does not allow it
   */
  public static NotedProcesses open(
      Start start, Path procRoot, ProcessTable processes, CgroupPaths cgroups) throws IOException {
    return new NotedProcesses(start.notes(PidNamespace.numbering(procRoot)), cgroups, processes);
  }

  /**
   * Loads the program and unloads it again.
   *
   * @throws IOException if the kernel or the pid namespace does not allow it
   */
  public static void probe(Start start, Path procRoot) throws IOException {
    start.notes(PidNamespace.numbering(procRoot)).close();
  }

  public boolean isNoted(long cookie) {
    return notes.has(cookie);
  }

  /** The pid noted for a socket; the process may have ended. */
  public Optional<Integer> pid(long cookie) {
    return notes.find(cookie).map(Note::pid).filter(pid -> pid != 0);
  }

  /**
   * The creation of a socket.
   *
   * @param atNanos in steady time
   */
  public record Creation(long cookie, ProcessInfo process, long atNanos) {}

  /** The sockets of a protocol noted in a network namespace. */
  public List<Creation> creations(int protocol, long netnsCookie) {
    return notes.all().stream()
        .filter(each -> each.protocol() == protocol && each.netnsCookie() == netnsCookie)
        .flatMap(each -> identify(each.note()).map(process -> creation(each, process)).stream())
        .toList();
  }

  private static Creation creation(SocketNotes.Noted noted, ProcessInfo process) {
    long atNanos = BootClock.steadyNanos(noted.note().bootNanos());
    return new Creation(noted.cookie(), process, atNanos);
  }

  /** The process noted for a socket, if any: never a kernel thread. */
  public Optional<ProcessInfo> process(long cookie) {
    return notes.find(cookie).flatMap(this::identify);
  }

  /** The time of the note in steady time, at most two microseconds late. */
  public OptionalLong steadyNanos(long cookie) {
    return notes.find(cookie).stream()
        .mapToLong(note -> BootClock.steadyNanos(note.bootNanos()))
        .findFirst();
  }

  /**
   * Whether a process cannot have inherited a socket that another one created: it is older than the
   * socket, or is no descendant of the creator. False if that is not known.
   */
  public boolean isPassedTo(ProcessInfo process, long cookie) {
    return notes
        .find(cookie)
        .filter(note -> note.pid() != 0 && note.pid() != process.pid())
        .filter(
            note ->
                process.id().startTicks() < note.bootNanos() / BootClock.NANOS_PER_TICK
                    || !processes
                        .history()
                        .mayHaveInherited(process.pid(), note.pid(), note.bootNanos()))
        .isPresent();
  }

  /**
   * A kernel thread closes a socket that was in no process's hands any more. One that has ended is
   * known by a name that only root can have beside it.
   */
  private boolean isOfKernel(Note note) {
    return processes
        .identifyOncePerTurn(note.pid())
        .map(ProcessTable.Entry::isKernelThread)
        .orElse(note.uid() == ROOT && note.mainThread() && note.comm().startsWith(KWORKER));
  }

  private Optional<ProcessInfo> identify(Note note) {
    return note.pid() == 0 || isOfKernel(note) ? Optional.empty() : Optional.of(process(note));
  }

  private ProcessInfo process(Note note) {
    ProcessInfo alive =
        processes
            .identifyOncePerTurn(note.pid())
            .filter(ProcessTable.Entry::isComplete)
            .map(ProcessTable.Entry::info)
            .orElse(null);
    long noteTicks = note.bootNanos() / BootClock.NANOS_PER_TICK;
    if (alive != null && alive.id().startTicks() <= noteTicks) {
      return alive;
    }
    // The process has ended.
    Optional<Past> past = processes.history().at(note.pid(), note.bootNanos());
    long bornTicks =
        past.filter(Past::hasBirth).map(Past::bornNanos).orElse(0L) / BootClock.NANOS_PER_TICK;
    // The name of another thread is not that of the process.
    String comm = note.mainThread() ? note.comm() : past.map(Past::comm).orElse("");
    ProcessInfo last = processes.remembered(note.pid());
    boolean isSame =
        last != null
            && last.id().startTicks() <= noteTicks
            && last.id().startTicks() >= bornTicks - FORK_TICKS;
    if (isSame && (comm.isEmpty() || last.comm().equals(comm))) {
      return last;
    }
    long ticks = bornTicks == 0 ? noteTicks : isSame ? last.id().startTicks() : bornTicks;
    return processes.rememberEnded(
        new ProcessId(note.pid(), ticks),
        new EndedProcess(
            comm,
            past.map(Past::exe).orElse(""),
            note.uid(),
            cgroups.path(note.cgroupId()).orElse(""),
            bornTicks != 0));
  }

  @Override
  public void close() {
    notes.close();
  }
}
