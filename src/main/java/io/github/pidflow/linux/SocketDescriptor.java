package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * The descriptor of a socket (socket(2)). For one thread.
 *
 * <pre>
 * struct pollfd { int fd; short events; short revents; }
 * </pre>
 */
final class SocketDescriptor extends Descriptor {
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int POLLFD_FD = 0;
  private static final int POLLFD_EVENTS = 4;
  private static final int POLLFD_REVENTS = 6;
  private static final int POLLFD_BYTES = 8;
  private static final short POLLIN = 1;

  private final Memory pollfd = new Memory(POLLFD_BYTES);

  private SocketDescriptor(int fd, String call) {
    super(fd, call);
    pollfd.setInt(POLLFD_FD, fd);
    pollfd.setShort(POLLFD_EVENTS, POLLIN);
  }

  /**
   * Opens a socket.
   *
   * @param what the arguments by their names, for messages
   */
  static SocketDescriptor open(int domain, int type, int protocol, String what)
      throws NativeIoException {
    String call = "socket(" + what + ')';
    int fd = checked(LibC.socket(domain, type | SOCK_CLOEXEC, protocol), call);
    return new SocketDescriptor(fd, call);
  }

  void bind(byte[] address, String what) throws NativeIoException {
    checked(LibC.bind(fd(), address, address.length), "bind(" + what + ')');
  }

  void connect(byte[] address, String what) throws NativeIoException {
    checked(LibC.connect(fd(), address, address.length), "connect(" + what + ')');
  }

  void setOption(int level, int name, Pointer value, int length, String what)
      throws NativeIoException {
    checked(LibC.setsockopt(fd(), level, name, value, length), "setsockopt(" + what + ')');
  }

  void setOption(int level, int name, int value, String what) throws NativeIoException {
    try (Memory memory = new Memory(Integer.BYTES)) {
      memory.setInt(0, value);
      setOption(level, name, memory, Integer.BYTES, what);
    }
  }

  /** Reads an option into all of a memory. */
  void readOption(int level, int name, Memory value, String what) throws NativeIoException {
    try (Memory length = new Memory(Integer.BYTES)) {
      length.setInt(0, (int) value.size());
      checked(LibC.getsockopt(fd(), level, name, value, length), "getsockopt(" + what + ')');
    }
  }

  int readIntOption(int level, int name, String what) throws NativeIoException {
    try (Memory value = new Memory(Integer.BYTES)) {
      readOption(level, name, value, what);
      return value.getInt(0);
    }
  }

  /**
   * Waits for input or an error on the socket.
   *
   * @return true if there is either; false if the time is up or a signal ended the wait
   */
  boolean awaitInput(int timeoutMillis) throws NativeIoException {
    fd(); // The copy in the structure says nothing about whether it is still open.
    pollfd.setShort(POLLFD_REVENTS, (short) 0);
    int ready = LibC.poll(pollfd, 1, timeoutMillis);
    if (ready < 0 && Native.getLastError() != Errno.EINTR) {
      throw NativeIoException.last("poll");
    }
    return ready > 0;
  }

  @Override
  public void close() {
    super.close();
    pollfd.close();
  }
}
