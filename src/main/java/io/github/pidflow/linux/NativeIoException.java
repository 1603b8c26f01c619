package io.github.pidflow.linux;

import com.sun.jna.Native;
import java.io.IOException;

/** A failed system call: the call, its arguments and its errno. */
public final class NativeIoException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  public NativeIoException(String call, int errno) {
    super(call + ": " + LibC.strerror(errno) + " (errno " + errno + ')');
    this.errno = errno;
  }

  /** The failure of the last native call of this thread. */
  static NativeIoException last(String call) {
    return new NativeIoException(call, Native.getLastError());
  }

  public int errno() {
    return errno;
  }
}
