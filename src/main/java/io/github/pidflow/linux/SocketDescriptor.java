package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.List;

/**
 * The descriptor of a socket (socket(2)). For one thread.
 *
 * <pre>
 * struct pollfd { int fd; short events; short revents; }
 *
 * struct sock_filter          struct sock_fprog
 *  0 u16 code                  0 u16 len
 *  2 u8  jt                    8 sock_filter *filter
 *  3 u8  jf
 *  4 u32 k
 * </pre>
 */
final class SocketDescriptor extends Descriptor {
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int POLLFD_FD = 0;
  private static final int POLLFD_EVENTS = 4;
  private static final int POLLFD_REVENTS = 6;
  private static final int POLLFD_BYTES = 8;
  private static final short POLLIN = 1;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;

  private static final int FILTER_CODE = 0;
  private static final int FILTER_JT = 2;
  private static final int FILTER_JF = 3;
  private static final int FILTER_K = 4;

  private static final int FPROG_LEN = 0;
  private static final int FPROG_FILTER = 8;
  private static final int FPROG_BYTES = 16;

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

  /** Attaches a program of classic BPF (socket(7), SO_ATTACH_FILTER). */
  void attachFilter(List<BpfInstruction> program) throws NativeIoException {
    try (Memory instructions = new Memory((long) program.size() * BpfInstruction.BYTES);
        Memory fprog = new Memory(FPROG_BYTES)) {
      for (int i = 0; i < program.size(); i++) {
        BpfInstruction instruction = program.get(i);
        long at = (long) i * BpfInstruction.BYTES;
        instructions.setShort(at + FILTER_CODE, (short) instruction.code());
        instructions.setByte(at + FILTER_JT, (byte) instruction.jumpTrue());
        instructions.setByte(at + FILTER_JF, (byte) instruction.jumpFalse());
        instructions.setInt(at + FILTER_K, instruction.operand());
      }
      fprog.clear();
      fprog.setShort(FPROG_LEN, (short) program.size());
      fprog.setPointer(FPROG_FILTER, instructions);
      String what = "SO_ATTACH_FILTER, " + program.size() + " instructions";
      setOption(SOL_SOCKET, SO_ATTACH_FILTER, fprog, (int) fprog.size(), what);
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
