package io.github.pidflow.linux;

/**
 * Reads links and small files of proc(5) into byte arrays. A scan reads thousands of them, and most
 * of its cost would be the {@code Path}, the {@code String} and the channel of each.
 *
 * <p>Paths are NUL-terminated. A file that cannot be read yields -1 and no exception, because
 * processes exit all the time.
 */
public final class ProcReads {
  private static final int O_RDONLY_CLOEXEC = 0x80000;

  private ProcReads() {}

  /** Reads the target of a symbolic link and returns its length, or -1. */
  public static int link(byte[] path, byte[] target) {
    return (int) LibC.readlink(path, target, target.length);
  }

  /** Reads a file up to the length of one read(2) and returns that length, or -1. */
  public static int file(byte[] path, byte[] content) {
    // A bare descriptor, since it does not leave this method and an object for each file would
    // cost.
    int fd = LibC.open(path, O_RDONLY_CLOEXEC);
    if (fd < 0) {
      return -1;
    }
    try {
      return (int) LibC.read(fd, content, content.length);
    } finally {
      LibC.close(fd);
    }
  }
}
