package io.github.pidflow.linux;

import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;

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

  private static final int KEY_AT = -KEY_BYTES;
  private static final int VALUE_AT = KEY_AT - VALUE_BYTES;
  private static final int COMM_AT = VALUE_AT + COMM;

  private static final int TCP_CONNECT_CB = 3;
  private static final int NOEXIST = 1;
  private static final long EXIT = 0x95;

  /** "kworker/" as eight little-endian bytes. */
  private static final long KWORKER = 0x2f72656b726f776bL;

  private NoteProgram() {}

  /** The program that notes into the map of this descriptor. */
  static long[] instructions(int map) {
    return LongStream.concat(gather(), noteInto(map, 0)).toArray();
  }

  /**
   * As {@link #instructions}, but run for every event of a TCP socket and noting at its connect
   * only. What was noted at its creation stays. A worker of the kernel that connects does it for
   * somebody else: nothing is noted then.
   */
  static long[] connectInstructions(int map) {
    LongStream unlessConnecting =
        LongStream.of(
            instruction(0x61, 2, 1, 0, 0), // r2 = bpf_sock_ops.op
            instruction(0x15, 2, 0, 2, TCP_CONNECT_CB), // if equal, skip two
            set(0, 1),
            EXIT);
    LongStream unlessWorker =
        LongStream.of(
            instruction(0x79, 2, 10, COMM_AT, 0), // r2 = the first eight of comm
            instruction(0x18, 3, 0, 0, (int) KWORKER),
            instruction(0, 0, 0, 0, (int) (KWORKER >>> 32)),
            instruction(0x5d, 2, 3, 2, 0), // if they differ, skip two
            set(0, 1),
            EXIT);
    return Stream.of(unlessConnecting, gather(), unlessWorker, noteInto(map, NOEXIST))
        .flatMapToLong(Function.identity())
        .toArray();
  }

  private static LongStream gather() {
    return LongStream.of(
        call(GET_SOCKET_COOKIE), // of the context, which is in r1 from the start
        store(KEY_AT, 0),
        call(GET_CURRENT_PID_TGID),
        store(VALUE_AT, 0),
        call(GET_CURRENT_UID_GID),
        store(VALUE_AT + UID, 0),
        call(KTIME_GET_BOOT_NS),
        store(VALUE_AT + BOOT_NANOS, 0),
        move(1, 10),
        add(1, COMM_AT),
        set(2, COMM_BYTES),
        call(GET_CURRENT_COMM));
  }

  private static LongStream noteInto(int map, int flags) {
    return LongStream.of(
        instruction(0x18, 1, 1, 0, map), // r1 = the map of this fd, in two instructions
        0,
        move(2, 10),
        add(2, KEY_AT),
        move(3, 10),
        add(3, VALUE_AT),
        set(4, flags),
        call(MAP_UPDATE_ELEM),
        set(0, 1), // go on: creation could be refused here
        EXIT);
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
