package io.github.pidflow.processes;

import io.github.pidflow.linux.ProcDirectory;
import io.github.pidflow.linux.ProcReads;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Raw reads of {@code /proc/PID} (proc(5)). Results are empty for a process that has ended; nothing
 * is thrown. For one thread.
 *
 * <p>A process whose main thread has ended, as by pthread_exit(3), goes on with its other threads.
 * {@code /proc/PID} then has no descriptors and no executable any more, but {@code
 * /proc/PID/task/TID} of any other thread has.
 */
final class ProcFs {
  private static final long SOCKET_PREFIX =
      ByteBuffer.wrap("socket:[".getBytes(StandardCharsets.US_ASCII)).getLong();
  private static final byte[] EMPTY = {};

  /** The most descriptor tables of a process that are read beside its main one. */
  private static final int MAX_THREAD_TABLES = 16;

  private final Path root;
  private final byte[] content = new byte[8192];
  private final byte[] link = new byte[4096];

  /** Short, as a socket link is: each call copies the whole array. */
  private final byte[] fdLink = new byte[32];

  private final ProcDirectory directory = new ProcDirectory();

  /** A living thread, by the pid, of each process found to have lost its main thread. */
  private final Map<Integer, Integer> otherThreads = new HashMap<>();

  ProcFs(Path root) {
    this.root = root;
  }

  /** Receives the sockets a process holds. */
  @FunctionalInterface
  interface SocketSink {
    void onSocket(int fd, long inode);
  }

  /** Receives the sockets a thread holds in a descriptor table of its own. */
  @FunctionalInterface
  interface ThreadSocketSink {
    void onSocket(int tid, int fd, long inode);
  }

  Path root() {
    return root;
  }

  /** All pids. */
  int[] pids() {
    otherThreads.entrySet().removeIf(each -> directory.state(threadFds(each.getKey())) == 0);
    return numbers((root.toString() + '\0').getBytes(StandardCharsets.UTF_8));
  }

  private int[] numbers(byte[] path) {
    int[] numbers = new int[512];
    int count = 0;
    if (directory.open(path)) {
      for (int number = directory.nextNumber(); number >= 0; number = directory.nextNumber()) {
        numbers = count < numbers.length ? numbers : Arrays.copyOf(numbers, 2 * count);
        numbers[count++] = number;
      }
      directory.close();
    }
    return Arrays.copyOf(numbers, count);
  }

  /** The first 8 KiB of a file of the process; empty if it cannot be read. */
  byte[] read(int pid, String file) {
    return read(path(pid, file));
  }

  /** Like {@link #read}, but what a main thread loses when it ends is read from another thread. */
  byte[] readLiving(int pid, String file) {
    return read(otherThreads.containsKey(pid) ? threadPath(pid, file) : path(pid, file));
  }

  private byte[] read(byte[] path) {
    int length = ProcReads.file(path, content);
    return length <= 0 ? EMPTY : Arrays.copyOf(content, length);
  }

  /** The target of a link of the process; empty if it cannot be read. */
  byte[] link(int pid, String file) {
    int length = ProcReads.link(path(pid, file), link);
    if (length <= 0 && findOtherThread(pid)) {
      length = ProcReads.link(threadPath(pid, file), link);
    }
    return length <= 0 ? EMPTY : Arrays.copyOf(link, length);
  }

  /**
   * A number that changes when the pid is reused or, on Linux 6.2 and later, when the number of
   * open files changes; 0 if there is no such process.
   */
  long fdTableState(int pid) {
    return directory.state(otherThreads.containsKey(pid) ? threadFds(pid) : path(pid, "fd"));
  }

  /** Returns whether {@link #fdTableState} reflects files opened and closed. */
  boolean reportsFdCount() {
    return directory.size((root + "/self/fd\0").getBytes(StandardCharsets.UTF_8)) > 0;
  }

  /**
   * Passes the sockets a process holds to the sink.
   *
   * @return false if its fd table cannot be read: it has ended, or permission is denied
   */
  boolean forEachSocket(int pid, SocketSink sink) {
    if (!directory.open(path(pid, "fd"))) {
      return false;
    }
    if (passSockets(sink) > 0) {
      otherThreads.remove(pid);
    } else if (findOtherThread(pid) && directory.open(threadFds(pid))) {
      passSockets(sink);
    }
    return true;
  }

  /**
   * Passes the sockets of threads with a descriptor table of their own, see unshare(2), to the
   * sink. Such a table is noticed by the number of descriptors in it (Linux 6.2), and one of
   * several that have the same number is read.
   */
  void forEachThreadSocket(int pid, ThreadSocketSink sink) {
    int read = otherThreads.getOrDefault(pid, pid);
    Set<Long> sizes = new HashSet<>(Set.of(directory.size(path(pid, "task/" + read + "/fd"))));
    for (int tid : numbers(path(pid, "task"))) {
      byte[] fds = path(pid, "task/" + tid + "/fd");
      if (tid != read
          && sizes.size() <= MAX_THREAD_TABLES
          && sizes.add(directory.size(fds))
          && directory.open(fds)) {
        passSockets((fd, inode) -> sink.onSocket(tid, fd, inode));
      }
    }
  }

  /** Passes the sockets in the open directory and closes it; returns the number of descriptors. */
  private int passSockets(SocketSink sink) {
    int descriptors = 0;
    for (int fd = directory.nextNumber(); fd >= 0; fd = directory.nextNumber()) {
      descriptors++;
      long inode = socketInode(directory.link());
      if (inode != 0) {
        sink.onSocket(fd, inode);
      }
    }
    directory.close();
    return descriptors;
  }

  /** Finds a living thread of a process without descriptors; false if it has only a main thread. */
  private boolean findOtherThread(int pid) {
    otherThreads.remove(pid);
    for (int tid : numbers(path(pid, "task"))) {
      if (tid != pid && ProcReads.link(path(pid, "task/" + tid + "/exe"), link) > 0) {
        otherThreads.put(pid, tid);
        return true;
      }
    }
    return false;
  }

  /** The inode of the socket at a file descriptor, 0 if it is no socket. */
  long socketInode(int pid, int fd) {
    String file = "fd/" + fd;
    int length =
        ProcReads.link(
            otherThreads.containsKey(pid) ? threadPath(pid, file) : path(pid, file), fdLink);
    return socketInode(ByteBuffer.wrap(fdLink, 0, Math.max(0, length)));
  }

  /** The same of a thread with a descriptor table of its own. */
  long socketInode(int pid, int tid, int fd) {
    int length = ProcReads.link(path(pid, "task/" + tid + "/fd/" + fd), fdLink);
    return socketInode(ByteBuffer.wrap(fdLink, 0, Math.max(0, length)));
  }

  private static long socketInode(ByteBuffer link) {
    if (link.limit() <= Long.BYTES
        || link.order(ByteOrder.BIG_ENDIAN).getLong(0) != SOCKET_PREFIX) {
      return 0;
    }
    long inode = 0;
    for (int i = Long.BYTES; i < link.limit() && isDigit(link.get(i)); i++) {
      inode = inode * 10 + link.get(i) - '0';
    }
    return inode;
  }

  private static boolean isDigit(byte character) {
    return character >= '0' && character <= '9';
  }

  private byte[] threadFds(int pid) {
    return threadPath(pid, "fd");
  }

  private byte[] threadPath(int pid, String file) {
    return path(pid, "task/" + otherThreads.get(pid) + '/' + file);
  }

  private byte[] path(int pid, String file) {
    return (root + "/" + pid + '/' + file + '\0').getBytes(StandardCharsets.UTF_8);
  }
}
