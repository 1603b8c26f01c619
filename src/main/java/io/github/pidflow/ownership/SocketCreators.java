package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.linux.SocketCreations;
import io.github.pidflow.linux.SocketCreations.Creation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Names the process that created a socket, also one that has ended since. It is asked where no
 * process can be seen to hold the socket; where one can, that one is the owner, whoever created it.
 */
final class SocketCreators implements AutoCloseable {
  private static final long NANOS_PER_TICK = 10_000_000;

  /** Inode of the initial pid namespace, the one whose pids the kernel notes (linux/proc_ns.h). */
  private static final String INITIAL_PID_NAMESPACE = "pid:[4026531836]";

  private final SocketCreations creations;
  private final ProcessTable processes;
  private final UserNames users;

  private SocketCreators(SocketCreations creations, ProcessTable processes, UserNames users) {
    this.creations = creations;
    this.processes = processes;
    this.users = users;
  }

  /**
   * Starts to note creations.
   *
   * @throws IOException why that cannot be had here
   */
  static SocketCreators open(ProcFs procFs, ProcessTable processes, UserNames users)
      throws IOException {
    requireInitialPids(procFs);
    return new SocketCreators(SocketCreations.open(), processes, users);
  }

  /**
   * Tries to note creations, and stops again.
   *
   * @throws IOException why that cannot be had here
   */
  static void probe(ProcFs procFs) throws IOException {
    requireInitialPids(procFs);
    SocketCreations.open().close();
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

  /** The pid of a socket's creator, which may not be alive. */
  Optional<Integer> pid(long cookie) {
    return creations.find(cookie).map(Creation::pid);
  }

  /** The creator of a socket, if its creation was seen. */
  Optional<ProcessInfo> process(long cookie) {
    return creations.find(cookie).map(this::process);
  }

  private ProcessInfo process(Creation creation) {
    ProcessInfo alive =
        processes.identify(creation.pid()).map(ProcessTable.Entry::info).orElse(null);
    ProcessInfo last = alive != null ? alive : processes.remembered(creation.pid());
    if (last != null && isCreator(last, creation, alive != null)) {
      return last;
    }
    ProcessInfo ended =
        new ProcessInfo(
            new ProcessId(creation.pid(), creation.bootNanos() / NANOS_PER_TICK),
            creation.comm(),
            "",
            users.name(creation.uid()),
            "",
            "",
            0);
    processes.remember(ended);
    return ended;
  }

  /** Not so if the pid was handed on: to a later process, or by an earlier one of another name. */
  private static boolean isCreator(ProcessInfo process, Creation creation, boolean alive) {
    boolean sameName = !creation.mainThread() || process.comm().equals(creation.comm());
    return process.id().startTicks() <= creation.bootNanos() / NANOS_PER_TICK
        && (alive || sameName);
  }

  @Override
  public void close() {
    creations.close();
  }
}
