package io.github.pidflow.linux;

/**
 * The error numbers that pidflow makes decisions on (errno(3)). They are the same on every 64-bit
 * architecture that Java runs on.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  static final int EMFILE = 24;
  static final int ENOSYS = 38;
  public static final int EOPNOTSUPP = 95;
  public static final int EAFNOSUPPORT = 97;
  public static final int ENOBUFS = 105;

  private Errno() {}
}
