package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * Goes through the numbers in a directory of proc(5): the pids in {@code /proc}, the descriptors in
 * {@code /proc/PID/fd}. A walk of all fd tables reads tens of thousands of links; relative to the
 * open directory, and out of memory that is copied nowhere, each costs little more than the kernel
 * takes. Paths are NUL-terminated. For one thread, one directory at a time.
 *
 * <pre>
 * struct linux_dirent64              struct statx, as far as it is used
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

  // The calls' numbers, which each architecture chose for itself; -1 is none of any.
  private static final int GETDENTS64;
  private static final int STATX;

  static {
    switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> {
        GETDENTS64 = 217;
        STATX = 332;
      }
      case "aarch64", "riscv64", "loongarch64" -> {
        GETDENTS64 = 61;
        STATX = 291;
      }
      case "ppc64le" -> {
        GETDENTS64 = 202;
        STATX = 383;
      }
      case "s390x" -> {
        GETDENTS64 = 220;
        STATX = 379;
      }
      default -> {
        GETDENTS64 = -1;
        STATX = -1;
      }
    }
  }

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

  private int fd = -1;
  private int at;
  private int next;
  private int end;

  /** Opens a directory, which is to be closed; false if it cannot be. */
  public boolean open(byte[] directory) {
    fd = LibC.open(directory, O_RDONLY_CLOEXEC);
    next = 0;
    end = 0;
    return fd >= 0;
  }

  /** Goes on to the next number, and says it; -1 at the end. */
  public int nextNumber() {
    while (true) {
      if (next >= end) {
        long buffer = Pointer.nativeValue(entriesMemory);
        end = (int) LibC.syscall(GETDENTS64, fd, buffer, ENTRIES_BYTES, 0, 0);
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

  /** Target of the link the number names, its first {@value #LINK_BYTES} bytes; empty if gone. */
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
   * What a file is like: another number once its inode or its size is another; 0 if there is none,
   * or the kernel does not say.
   */
  public long state(byte[] file) {
    return stat(file) ? stat.getLong(STATX_INO) << SIZE_BITS ^ stat.getLong(STATX_SIZE) : 0;
  }

  /** The size of a file, 0 if there is none. */
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
            STATX,
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
