package io.github.pidflow.linux;

/**
 * readlink(2) on bytes. A walk of {@code /proc/PID/fd} reads thousands of links, and going through
 * {@code Path} and {@code String} for each is most of its cost.
 */
public final class SymbolicLinks {
  private SymbolicLinks() {}

  /**
   * Reads a link into {@code target}.
   *
   * @param path NUL-terminated
   * @return length of the target, or -1 if it cannot be read
   */
  public static int read(byte[] path, byte[] target) {
    return (int) LibC.readlink(path, target, target.length);
  }
}
