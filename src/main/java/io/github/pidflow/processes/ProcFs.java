package io.github.pidflow.processes;

import io.github.pidflow.linux.ProcDirectory;
import io.github.pidflow.linux.ProcReads;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Raw reads of {@code /proc/PID} (proc(5)). Results are empty for a process that has ended; nothing
 * is thrown. For one thread.
 */
final class ProcFs {
  private static final long SOCKET_PREFIX =
      ByteBuffer.wrap("socket:[".getBytes(StandardCharsets.US_ASCII)).getLong();
  private static final byte[] EMPTY = {};

  private final Path root;
  private final byte[] content = new byte[8192];
  private final byte[] link = new byte[4096];

  /** Short, as a socket link is: each call copies the whole array. */
  private final byte[] fdLink = new byte[32];

  private final ProcDirectory directory = new ProcDirectory();

  ProcFs(Path root) {
    this.root = root;
  }

  /** Receives the sockets a process holds. */
  @FunctionalInterface
  interface SocketSink {
    void onSocket(int fd, long inode);
  }

  Path root() {
    return root;
  }

  /** All pids. */
  int[] pids() {
    int[] pids = new int[512];
    int count = 0;
    if (directory.open((root.toString() + '\0').getBytes(StandardCharsets.UTF_8))) {
      for (int pid = directory.nextNumber(); pid >= 0; pid = directory.nextNumber()) {
        pids = count < pids.length ? pids : Arrays.copyOf(pids, 2 * count);
        pids[count++] = pid;
      }
      directory.close();
    }
    return Arrays.copyOf(pids, count);
  }

  /** The first 8 KiB of a file of the process; empty if it cannot be read. */
  byte[] read(int pid, String file) {
    int length = ProcReads.file(path(pid, file), content);
    return length <= 0 ? EMPTY : Arrays.copyOf(content, length);
  }

  /** The target of a link of the process; empty if it cannot be read. */
  byte[] link(int pid, String file) {
    int length = ProcReads.link(path(pid, file), link);
    return length <= 0 ? EMPTY : Arrays.copyOf(link, length);
  }

  /**
   * A number that changes when the pid is reused or, on Linux 6.2 and later, when the number of
   * open files changes; 0 if there is no such process.
   */
  long fdTableState(int pid) {
    return directory.state(path(pid, "fd"));
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
    for (int fd = directory.nextNumber(); fd >= 0; fd = directory.nextNumber()) {
      long inode = socketInode(directory.link());
      if (inode != 0) {
        sink.onSocket(fd, inode);
      }
    }
    directory.close();
    return true;
  }

  /** The inode of the socket at a file descriptor, 0 if it is no socket. */
  long socketInode(int pid, int fd) {
    int length = ProcReads.link(path(pid, "fd/" + fd), fdLink);
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

  private byte[] path(int pid, String file) {
    return (root + "/" + pid + '/' + file + '\0').getBytes(StandardCharsets.UTF_8);
  }
}
