package io.github.pidflow.processes;

import io.github.pidflow.bpf.PidNumbering;
import io.github.pidflow.linux.PidNamespaceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Checks which pid namespace the pids in {@code /proc} belong to. The kernel reports pids of one
 * particular namespace, and those mean other processes anywhere else.
 */
public final class PidNamespace {
  /** The link target of the initial pid namespace, by its fixed inode (linux/proc_ns.h). */
  private static final String INITIAL = "pid:[4026531836]";

  private static final int INIT = 1;
  private static final int KTHREADD = 2;

  private PidNamespace() {}

  /**
   * The numbering of the pids in {@code /proc}, for eBPF programs.
   *
   * @throws IOException if it is neither that of the initial namespace nor pidflow's own
   */
  static PidNumbering numbering(Path procRoot) throws IOException {
    if (isInitial(procRoot)) {
      return PidNumbering.INITIAL;
    }
    requireOwn(procRoot);
    Path namespace = procRoot.resolve("self/ns/pid");
    return new PidNumbering(number(namespace, "dev"), number(namespace, "ino"));
  }

  private static long number(Path file, String attribute) throws IOException {
    return ((Number) Files.getAttribute(file, "unix:" + attribute)).longValue();
  }

  /** Whether the pids are those of the initial namespace, and every process has one. */
  public static boolean isInitial(Path procRoot) {
    ProcFs procFs = new ProcFs(procRoot);
    // A container that reads the host's /proc is in another namespace itself; pid 1 is not. Without
    // the privilege to read its link, kernel threads tell: they are in the initial namespace only.
    return isInitial(procFs, (int) ProcessHandle.current().pid())
        || isInitial(procFs, INIT)
        || isKernelThread(procFs, KTHREADD);
  }

  /** Whether a process can be seen other than pidflow itself and those that started it. */
  public static boolean showsOthers(Path procRoot) {
    ProcFs procFs = new ProcFs(procRoot);
    Set<Integer> own = new HashSet<>();
    int pid = (int) ProcessHandle.current().pid();
    while (pid > 0 && own.add(pid)) {
      pid = ProcStat.parse(procFs.read(pid, "stat")).map(ProcStat::parentPid).orElse(0);
    }
    return Arrays.stream(procFs.pids()).anyMatch(each -> !own.contains(each));
  }

  private static boolean isKernelThread(ProcFs procFs, int pid) {
    return ProcStat.parse(procFs.read(pid, "stat")).map(ProcStat::kernelThread).orElse(false);
  }

  private static boolean isInitial(ProcFs procFs, int pid) {
    return new String(procFs.link(pid, "ns/pid"), StandardCharsets.US_ASCII).equals(INITIAL);
  }

  /**
   * Requires this process's own pid namespace, whose pids task events carry.
   *
   * @throws IOException if the pids are those of another namespace
   */
  public static void requireOwn(Path procRoot) throws IOException {
    String self = Files.readSymbolicLink(procRoot.resolve("self")).toString();
    if (!self.equals(Long.toString(ProcessHandle.current().pid()))) {
      throw new PidNamespaceException(
          "the pids in " + procRoot + " are not those of pidflow's pid namespace");
    }
  }
}
