package io.github.pidflow.ownership;

import io.github.pidflow.linux.ProcReads;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Raw reads of {@code /proc/PID} (proc(5)). Nothing here throws for a process that is gone: an
 * answer is then empty. For one thread.
 */
final class ProcFs {
  private static final byte[] SOCKET_PREFIX = "socket:[".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EMPTY = {};

  private final Path root;
  private final byte[] content = new byte[8192];
  private final byte[] link = new byte[4096];

  ProcFs(Path root) {
    this.root = root;
  }

  /** Takes one socket a process holds. */
  @FunctionalInterface
  interface SocketSink {
    void onSocket(int fd, long inode);
  }

  Path root() {
    return root;
  }

  /** Every pid there is. */
  int[] pids() {
    return numbers(root.toFile().list());
  }

  /** A file of the process, at most 8 KiB of it; empty if it cannot be read. */
  byte[] read(int pid, String file) {
    int length = ProcReads.file(path(pid, file), content);
    return length <= 0 ? EMPTY : Arrays.copyOf(content, length);
  }

  /** Target of a link of the process, empty if it cannot be read. */
  byte[] link(int pid, String file) {
    int length = ProcReads.link(path(pid, file), link);
    return length <= 0 ? EMPTY : Arrays.copyOf(link, length);
  }

  /**
   * A number that changes when the process opens or closes files: how many are open on Linux 6.2
   * and later, always 0 before.
   */
  long fdTableSize(int pid) {
    return fdTable(pid).length();
  }

  /**
   * Hands over the sockets the process holds.
   *
   * @return false if the fd table cannot be read: the process is gone, or not ours to look at
   */
  boolean forEachSocket(int pid, SocketSink sink) {
    String[] names = fdTable(pid).list();
    if (names == null) {
      return false;
    }
    for (int fd : numbers(names)) {
      long inode = socketInode(pid, fd);
      if (inode != 0) {
        sink.onSocket(fd, inode);
      }
    }
    return true;
  }

  /** The inode of the socket at an fd of the process, 0 if there is no socket. */
  long socketInode(int pid, int fd) {
    int length = ProcReads.link(path(pid, "fd/" + fd), link);
    if (length <= SOCKET_PREFIX.length
        || !Arrays.equals(link, 0, SOCKET_PREFIX.length, SOCKET_PREFIX, 0, SOCKET_PREFIX.length)) {
      return 0;
    }
    long inode = 0;
    for (int i = SOCKET_PREFIX.length; i < length && link[i] >= '0' && link[i] <= '9'; i++) {
      inode = inode * 10 + link[i] - '0';
    }
    return inode;
  }

  private File fdTable(int pid) {
    return new File(root.toString(), pid + "/fd");
  }

  private byte[] path(int pid, String file) {
    return (root + "/" + pid + '/' + file + '\0').getBytes(StandardCharsets.UTF_8);
  }

  private static int[] numbers(String[] names) {
    int[] numbers = new int[names == null ? 0 : names.length];
    int count = 0;
    for (int i = 0; i < numbers.length; i++) {
      int number = number(names[i]);
      if (number >= 0) {
        numbers[count++] = number;
      }
    }
    return Arrays.copyOf(numbers, count);
  }

  private static int number(String text) {
    int number = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }
}
