package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** A socket's file descriptor: opened, waited on and closed in one place. */
final class Descriptor implements AutoCloseable {
  private static final int SOCK_CLOEXEC = 0x80000;

  // struct pollfd { int fd; short events; short revents; }
  private static final int POLLFD_EVENTS = 4;
  private static final int POLLFD_REVENTS = 6;
  private static final short POLLIN = 1;

  private final int fd;
  private final Memory pollfd = new Memory(8);
  private boolean closed;

  private Descriptor(int fd) {
    this.fd = fd;
    pollfd.setInt(0, fd);
    pollfd.setShort(POLLFD_EVENTS, POLLIN);
  }

  static Descriptor socket(int domain, int type, int protocol, String what)
      throws NativeIoException {
    int fd = LibC.socket(domain, type | SOCK_CLOEXEC, protocol);
    if (fd < 0) {
      throw NativeIoException.last("socket(" + what + ')');
    }
    return new Descriptor(fd);
  }

  int fd() {
    return fd;
  }

  void bind(byte[] address, String what) throws NativeIoException {
    if (LibC.bind(fd, address, address.length) != 0) {
      throw NativeIoException.last("bind(" + what + ')');
    }
  }

  void setOption(int level, int name, Pointer value, int length, String what)
      throws NativeIoException {
    if (LibC.setsockopt(fd, level, name, value, length) != 0) {
      throw NativeIoException.last("setsockopt(" + what + ')');
    }
  }

  void setOption(int level, int name, int value, String what) throws NativeIoException {
    try (Memory memory = new Memory(Integer.BYTES)) {
      memory.setInt(0, value);
      setOption(level, name, memory, Integer.BYTES, what);
    }
  }

  int intOption(int level, int name, String what) throws NativeIoException {
    try (Memory value = new Memory(Integer.BYTES);
        Memory length = new Memory(Integer.BYTES)) {
      length.setInt(0, Integer.BYTES);
      if (LibC.getsockopt(fd, level, name, value, length) != 0) {
        throw NativeIoException.last("getsockopt(" + what + ')');
      }
      return value.getInt(0);
    }
  }

  /**
   * Waits for input or an error on the socket.
   *
   * @return whether there was either; a signal ends the wait with false
   */
  boolean awaitInput(int timeoutMillis) throws NativeIoException {
    pollfd.setShort(POLLFD_REVENTS, (short) 0);
    int ready = LibC.poll(pollfd, 1, timeoutMillis);
    if (ready < 0 && Native.getLastError() != Errno.EINTR) {
      throw NativeIoException.last("poll");
    }
    return ready > 0;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LibC.close(fd);
      pollfd.close();
    }
  }
}
