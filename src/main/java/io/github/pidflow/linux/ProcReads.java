package io.github.pidflow.linux;

/**
 * Reads of proc(5) on plain bytes. A scan reads thousands of links and small files, and going
 * through {@code Path}, {@code String} and a channel for each is most of its cost.
 *
 * <p>Paths are NUL-terminated. A file that cannot be read is -1, not an exception: processes end
 * between two reads all the time.
 */
public final class ProcReads {
  private static final int O_RDONLY_CLOEXEC = 0x80000;

  private ProcReads() {}

  /** Reads a symbolic link's target, and says how long it is. */
  public static int link(byte[] path, byte[] target) {
    return (int) LibC.readlink(path, target, target.length);
  }

  /** Reads a small file, as much as one read(2) gives, and says how much that is. */
  public static int file(byte[] path, byte[] content) {
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
