package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Lists the numbers in a directory of proc(5): the pids in {@code /proc}, the descriptors in {@code
 * /proc/PID/fd}. A scan of all descriptors reads tens of thousands of links. The links are read
 * relative to the open directory and into memory that is not copied, so each costs little more than
 * its system call. Paths are NUL-terminated. For one thread, and one directory at a time.
 *
 * <pre>
 * struct linux_dirent64              struct statx, the fields that are read
 *  0 u64 d_ino                       32 u64 stx_ino
 *  8 s64 d_off                       40 u64 stx_size
 * 16 u16 d_reclen
 * 18 u8  d_type
 * 19 char d_name[]
 * </pre>
 */
public final class ProcDirectory {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int AT_FDCWD = -100;
  private static final int STATX_INO_AND_SIZE = 0x100 | 0x200;

  private static final int RECLEN = 16;
  private static final int NAME = 19;
  private static final int STATX_INO = 32;
  private static final int STATX_SIZE = 40;

  private static final int ENTRIES_BYTES = 32 * 1024;
  private static final int LINK_BYTES = 64;
  private static final int STATX_BYTES = 256;
  private static final int PATH_BYTES = 4096;
  private static final int SIZE_BITS = 24;

  private final Memory entriesMemory = new Memory(ENTRIES_BYTES);
  private final Memory linkMemory = new Memory(LINK_BYTES);
  private final Memory statMemory = new Memory(STATX_BYTES);
  private final Memory pathMemory = new Memory(PATH_BYTES);
  private final ByteBuffer entries = buffer(entriesMemory);
  private final ByteBuffer link = buffer(linkMemory);
  private final ByteBuffer stat = buffer(statMemory);
  private final ByteBuffer path = buffer(pathMemory);

  private final long getdents64;
  private final long statx;

  /** A bare descriptor: an object for each of thousands of directories would cost. */
  private int fd = -1;

  private int at;
  private int next;
  private int end;

  /**
   * Creates a reader of directories.
   *
   * @throws UncheckedIOException if its system calls are not known on this architecture
   */
  public ProcDirectory() {
    try {
      getdents64 = Syscall.GETDENTS64.number();
      statx = Syscall.STATX.number();
    } catch (NativeIoException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens a directory, which must be closed; false if it cannot be opened. */
  public boolean open(byte[] directory) {
    fd = LibC.open(directory, O_RDONLY_CLOEXEC);
    next = 0;
    end = 0;
    return fd >= 0;
  }

  /** Moves to the next number and returns it; -1 at the end. */
  public int nextNumber() {
    while (true) {
      if (next >= end) {
        long buffer = Pointer.nativeValue(entriesMemory);
        end = (int) LibC.syscall(getdents64, fd, buffer, ENTRIES_BYTES, 0, 0);
        next = 0;
        if (end <= 0) {
          return -1;
        }
      }
      at = next;
      next += Short.toUnsignedInt(entries.getShort(at + RECLEN));
      int number = number(at + NAME);
      if (number >= 0) {
        return number;
      }
    }
  }

  /**
   * Reads the target of the link named by the current number, up to {@value #LINK_BYTES} bytes. It
   * is empty if the link no longer exists.
   */
  public ByteBuffer link() {
    long name = Pointer.nativeValue(entriesMemory) + at + NAME;
    long length = LibC.readlinkat(fd, name, linkMemory, LINK_BYTES);
    return link.clear().limit((int) Math.max(0, length));
  }

  public void close() {
    if (fd >= 0) {
      LibC.close(fd);
      fd = -1;
    }
  }

  /**
   * A number that changes when the inode or the size of a file changes; 0 if there is no such file
   * or the kernel does not tell.
   */
  public long state(byte[] file) {
    return stat(file) ? stat.getLong(STATX_INO) << SIZE_BITS ^ stat.getLong(STATX_SIZE) : 0;
  }

  /** The size of a file; 0 if there is no such file. */
  public long size(byte[] file) {
    return stat(file) ? stat.getLong(STATX_SIZE) : 0;
  }

  private boolean stat(byte[] file) {
    if (file.length > PATH_BYTES) {
      return false;
    }
    path.put(0, file);
    long result =
        LibC.syscall(
            statx,
            AT_FDCWD,
            Pointer.nativeValue(pathMemory),
            0,
            STATX_INO_AND_SIZE,
            Pointer.nativeValue(statMemory));
    return result == 0;
  }

  private int number(int start) {
    int number = 0;
    int position = start;
    for (byte each = entries.get(position); each != 0; each = entries.get(++position)) {
      if (each < '0' || each > '9') {
        return -1;
      }
      number = number * 10 + each - '0';
    }
    return number;
  }

  private static ByteBuffer buffer(Memory memory) {
    return memory.getByteBuffer(0, memory.size()).order(ByteOrder.nativeOrder());
  }
}
