package io.github.pidflow.bpf;

import java.util.stream.LongStream;

/** The words eBPF programs are assembled from, each instruction one long. */
final class Ebpf {
  // Helper functions, by their numbers in linux/bpf.h.
  private static final int MAP_UPDATE_ELEM = 2;
  static final int GET_CURRENT_PID_TGID = 14;
  static final int GET_CURRENT_UID_GID = 15;
  static final int GET_CURRENT_COMM = 16;
  static final int GET_SOCKET_COOKIE = 46;
  static final int GET_CURRENT_CGROUP_ID = 80;
  static final int GET_NETNS_COOKIE = 122;
  static final int KTIME_GET_BOOT_NS = 125;

  // Events of a TCP socket, of bpf_sock_ops.op.
  static final int TCP_CONNECT_CB = 3;
  static final int PASSIVE_ESTABLISHED_CB = 5;

  static final long EXIT = 0x95;

  private Ebpf() {}

  static long call(int helper) {
    return instruction(0x85, 0, 0, 0, helper);
  }

  /** Stores the 64 bits of a register on the stack, whose end is in r10. */
  static long store(int offset, int register) {
    return instruction(0x7b, 10, register, offset, 0);
  }

  static long move(int to, int from) {
    return instruction(0xbf, to, from, 0, 0);
  }

  static long add(int register, int constant) {
    return instruction(0x07, register, 0, 0, constant);
  }

  static long set(int register, int constant) {
    return instruction(0xb7, register, 0, 0, constant);
  }

  /** {@code struct bpf_insn} of a little-endian machine. */
  static long instruction(int code, int to, int from, int offset, int constant) {
    return code
        | ((long) to << 8)
        | ((long) from << 12)
        | ((offset & 0xffffL) << 16)
        | ((long) constant << 32);
  }

  /** Loads 32 bits of what a register points to. */
  static long load(int to, int from, int offset) {
    return instruction(0x61, to, from, offset, 0);
  }

  /** Stores the lower 32 bits of a register on the stack. */
  static long storeInt(int offset, int register) {
    return instruction(0x63, 10, register, offset, 0);
  }

  /** Puts what is on the stack into the map of a descriptor, and ends the program with 1. */
  static LongStream updateMap(int map, int keyAt, int valueAt, int flags) {
    return LongStream.of(
        instruction(0x18, 1, 1, 0, map), // r1 = the map of this fd, in two instructions
        0,
        move(2, 10),
        add(2, keyAt),
        move(3, 10),
        add(3, valueAt),
        set(4, flags),
        call(MAP_UPDATE_ELEM),
        set(0, 1), // go on: a program can refuse what it looks at
        EXIT);
  }

  /** Skips instructions if a register has that value. */
  static long skipIfEqual(int register, int value, int instructions) {
    return instruction(0x15, register, 0, instructions, value);
  }
}
