package io.github.pidflow.linux;

/**
 * The error numbers pidflow decides by (errno(3), the numbers of Linux on every 64-bit machine).
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EAGAIN = 11;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ENOBUFS = 105;

  private Errno() {}
}
