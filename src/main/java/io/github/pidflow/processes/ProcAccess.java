package io.github.pidflow.processes;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * How much of {@code /proc} pidflow can read.
 *
 * @param processes the number of processes, without kernel threads
 * @param readable the number of those whose file descriptors can be read
 * @param otherNamespaces the number of other network namespaces with processes
 */
public record ProcAccess(int processes, int readable, int otherNamespaces) {

  /** Reads every process once. */
  public static ProcAccess measure(Path procRoot) {
    ProcFs procFs = new ProcFs(procRoot);
    Set<String> namespaces = new HashSet<>();
    int processes = 0;
    int readable = 0;
    for (int pid : procFs.pids()) {
      Optional<ProcStat> stat = ProcStat.parse(procFs.read(pid, "stat"));
      if (stat.isPresent() && !stat.get().kernelThread()) {
        processes++;
        readable += procFs.forEachSocket(pid, (fd, inode) -> {}) ? 1 : 0;
        namespaces.add(new String(procFs.link(pid, "ns/net"), StandardCharsets.US_ASCII));
      }
    }
    namespaces.remove("");
    namespaces.remove(
        new String(
            procFs.link((int) ProcessHandle.current().pid(), "ns/net"), StandardCharsets.US_ASCII));
    return new ProcAccess(processes, readable, namespaces.size());
  }
}
