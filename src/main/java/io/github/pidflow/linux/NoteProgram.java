package io.github.pidflow.linux;

/**
 * The eBPF program that notes who is at work on a socket, assembled by hand: it is short, and no
 * compiler, BTF or file on disk is needed. It runs in the process that made the call, and stores
 * under the socket's cookie:
 *
 * <pre>
 *  0 u32 thread id   4 u32 process id   8 u32 uid   12 u32 gid   16 u64 time since boot, ns
 * 24 char comm[16], of the thread
 * </pre>
 */
final class NoteProgram {
  static final int KEY_BYTES = 8;
  static final int VALUE_BYTES = 40;
  static final int THREAD_ID = 0;
  static final int PROCESS_ID = 4;
  static final int UID = 8;
  static final int BOOT_NANOS = 16;
  static final int COMM = 24;
  static final int COMM_BYTES = 16;

  // Helper functions, by their numbers in linux/bpf.h.
  private static final int MAP_UPDATE_ELEM = 2;
  private static final int GET_CURRENT_PID_TGID = 14;
  private static final int GET_CURRENT_UID_GID = 15;
  private static final int GET_CURRENT_COMM = 16;
  private static final int GET_SOCKET_COOKIE = 46;
  private static final int KTIME_GET_BOOT_NS = 125;

  private NoteProgram() {}

  /** The program that notes into the map of this descriptor. */
  static long[] instructions(int map) {
    int keyAt = -KEY_BYTES;
    int valueAt = keyAt - VALUE_BYTES;
    return new long[] {
      call(GET_SOCKET_COOKIE), // of the context, which is in r1 from the start
      store(keyAt, 0),
      call(GET_CURRENT_PID_TGID),
      store(valueAt, 0),
      call(GET_CURRENT_UID_GID),
      store(valueAt + UID, 0),
      call(KTIME_GET_BOOT_NS),
      store(valueAt + BOOT_NANOS, 0),
      move(1, 10),
      add(1, valueAt + COMM),
      set(2, COMM_BYTES),
      call(GET_CURRENT_COMM),
      instruction(0x18, 1, 1, 0, map), // r1 = the map of this fd, in two instructions
      0,
      move(2, 10),
      add(2, keyAt),
      move(3, 10),
      add(3, valueAt),
      set(4, 0),
      call(MAP_UPDATE_ELEM),
      set(0, 1), // go on: creation could be refused here
      instruction(0x95, 0, 0, 0, 0), // exit
    };
  }

  private static long call(int helper) {
    return instruction(0x85, 0, 0, 0, helper);
  }

  /** Stores the 64 bits of a register on the stack, whose end is in r10. */
  private static long store(int offset, int register) {
    return instruction(0x7b, 10, register, offset, 0);
  }

  private static long move(int to, int from) {
    return instruction(0xbf, to, from, 0, 0);
  }

  private static long add(int register, int constant) {
    return instruction(0x07, register, 0, 0, constant);
  }

  private static long set(int register, int constant) {
    return instruction(0xb7, register, 0, 0, constant);
  }

  /** {@code struct bpf_insn} of a little-endian machine. */
  private static long instruction(int code, int to, int from, int offset, int constant) {
    return code
        | ((long) to << 8)
        | ((long) from << 12)
        | ((offset & 0xffffL) << 16)
        | ((long) constant << 32);
  }
}
