package io.github.pidflow.host;

import io.github.pidflow.linux.ProcReads;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the network namespaces that processes live in, from {@code /proc/PID/ns/net}. */
final class NamespaceScan {
  private static final int LINK_BYTES = 64;

  /** Several, since the first may end before the namespace is opened. */
  private static final int MAX_RESIDENTS = 16;

  private final Path procRoot;
  private final byte[] link = new byte[LINK_BYTES];

  NamespaceScan(Path procRoot) {
    this.procRoot = procRoot;
  }

  /** All namespaces that have a process: the namespace's inode and some processes in it. */
  Map<Long, List<Integer>> run() {
    Map<Long, List<Integer>> found = new HashMap<>();
    String[] names = procRoot.toFile().list();
    for (String name : names == null ? new String[0] : names) {
      if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
        add(Integer.parseInt(name), found);
      }
    }
    return found;
  }

  private void add(int pid, Map<Long, List<Integer>> found) {
    long inode = inode(pid);
    if (inode != 0) {
      add(inode, pid, found);
      return;
    }
    // A process whose main thread has ended may still have other threads.
    String[] threads = procRoot.resolve(pid + "/task").toFile().list();
    for (String thread : threads == null ? new String[0] : threads) {
      int tid = Integer.parseInt(thread);
      long threadInode = tid == pid ? 0 : inode(tid);
      if (threadInode != 0) {
        add(threadInode, tid, found);
        return;
      }
    }
  }

  private static void add(long inode, int task, Map<Long, List<Integer>> found) {
    List<Integer> residents = found.computeIfAbsent(inode, each -> new ArrayList<>());
    if (residents.size() < MAX_RESIDENTS) {
      residents.add(task);
    }
  }

  /** The inode of a process's namespace; 0 if the process has ended or may not be read. */
  long inode(int pid) {
    byte[] path = (procRoot + "/" + pid + "/ns/net\0").getBytes(StandardCharsets.UTF_8);
    int length = ProcReads.link(path, link);
    return length <= 0 ? 0 : parse(new String(link, 0, length, StandardCharsets.US_ASCII));
  }

  /** Reads {@code net:[4026531840]}. */
  static long parse(String link) {
    int open = link.indexOf('[');
    int close = link.indexOf(']');
    try {
      return open < 0 || close < open ? 0 : Long.parseLong(link.substring(open + 1, close));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
