package io.github.pidflow.linux;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor and the call that opened it. It can be closed more than once, by any
 * thread, and cannot be used afterwards: the kernel may already have given the number to another
 * file.
 */
public class Descriptor implements AutoCloseable {
  private static final int O_RDONLY_CLOEXEC = 0x80000;

  private static final int O_NONBLOCK = 0x800;

  private final int fd;
  private final String call;
  private final AtomicBoolean closed = new AtomicBoolean();

  Descriptor(int fd, String call) {
    this.fd = fd;
    this.call = call;
  }

  /**
   * Takes ownership of the descriptor that a call has returned.
   *
   * @param result what the call returned: a descriptor, or a negative number if it failed
   * @param call the call and its arguments, for messages
   */
  static Descriptor of(long result, String call) throws NativeIoException {
    return new Descriptor(checked(result, call), call);
  }

  /** Opens a file or a directory for reading. */
  static Descriptor openFile(String path) throws NativeIoException {
    byte[] terminated = (path + '\0').getBytes(StandardCharsets.UTF_8);
    return of(LibC.open(terminated, O_RDONLY_CLOEXEC), "open(" + path + ')');
  }

  /** Opens whatever has a name for reading, without waiting for the other end of a FIFO. */
  public static Descriptor openAtOnce(String path) throws NativeIoException {
    byte[] terminated = (path + '\0').getBytes(StandardCharsets.UTF_8);
    return of(LibC.open(terminated, O_RDONLY_CLOEXEC | O_NONBLOCK), "open(" + path + ')');
  }

  static int checked(long result, String call) throws NativeIoException {
    if (result < 0) {
      throw NativeIoException.last(call);
    }
    return (int) result;
  }

  /**
   * The number, valid while this is open.
   *
   * @throws NativeIoException {@code EBADF} if this is closed
   */
  public int fd() throws NativeIoException {
    if (closed.get()) {
      throw new NativeIoException("use after close of " + call, Errno.EBADF);
    }
    return fd;
  }

  boolean isClosed() {
    return closed.get();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      LibC.close(fd);
    }
  }

  @Override
  public String toString() {
    return call + " = " + fd;
  }
}
