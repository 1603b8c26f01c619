package io.github.pidflow.processes;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * How much of {@code /proc} this process may read.
 *
 * @param processes how many there are, kernel threads left out
 * @param readable of how many the fd table can be read
 * @param otherNamespaces network namespaces that hold processes, besides this one
 */
public record ProcAccess(int processes, int readable, int otherNamespaces) {

  public static ProcAccess look(Path procRoot) {
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
