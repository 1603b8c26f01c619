package io.github.pidflow.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Checks which pid namespace the pids in {@code /proc} belong to. The kernel reports pids of one
 * particular namespace, and those mean other processes anywhere else.
 */
public final class PidNamespace {
  /** The link target of the initial pid namespace, by its fixed inode (linux/proc_ns.h). */
  private static final String INITIAL = "pid:[4026531836]";

  private static final int INIT = 1;

  private PidNamespace() {}

  /**
   * Requires the initial pid namespace, whose pids eBPF programs see.
   *
   * @throws IOException if the pids are those of another namespace
   */
  public static void requireInitial(Path procRoot) throws IOException {
    ProcFs procFs = new ProcFs(procRoot);
    // A container that reads the host's /proc is in another namespace itself; pid 1 is not.
    if (!isInitial(procFs, (int) ProcessHandle.current().pid()) && !isInitial(procFs, INIT)) {
      throw new IOException(
          "the pids in " + procRoot + " are not those of the initial pid namespace");
    }
  }

  private static boolean isInitial(ProcFs procFs, int pid) {
    return new String(procFs.link(pid, "ns/pid"), StandardCharsets.US_ASCII).equals(INITIAL);
  }

  /**
   * Requires this process's own pid namespace, whose pids task events carry.
   *
   * @throws IOException if the pids are those of another namespace
   */
  static void requireOwn(Path procRoot) throws IOException {
    String self = Files.readSymbolicLink(procRoot.resolve("self")).toString();
    if (!self.equals(Long.toString(ProcessHandle.current().pid()))) {
      throw new IOException(
          "the pids in " + procRoot + " are not those of pidflow's pid namespace");
    }
  }
}
