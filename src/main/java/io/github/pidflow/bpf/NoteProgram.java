package io.github.pidflow.bpf;

import static io.github.pidflow.bpf.Register.FRAME;
import static io.github.pidflow.bpf.Register.R0;
import static io.github.pidflow.bpf.Register.R1;
import static io.github.pidflow.bpf.Register.R2;
import static io.github.pidflow.bpf.Register.R3;
import static io.github.pidflow.bpf.Register.R4;
import static io.github.pidflow.bpf.Register.R6;

import io.github.pidflow.bpf.Assembler.Label;

/**
 * The eBPF program that records which process acts on a socket. It runs in the context of the
 * process that made the system call. The value it stores under the socket's cookie is:
 *
 * <pre>
 *  0 u32 thread id   4 u32 process id   8 u32 uid   12 u32 gid   16 u64 time since boot, ns
 * 24 char comm[16], of the thread                               40 u64 id of its cgroup (v2)
 * 48 u64 cookie of the network namespace   56 u64 protocol      both 0 except for raw sockets
 * </pre>
 */
final class NoteProgram {
  static final int VALUE_BYTES = 64;
  static final int THREAD_ID = 0;
  static final int PROCESS_ID = 4;
  static final int UID = 8;
  static final int BOOT_NANOS = 16;
  static final int COMM = 24;
  static final int COMM_BYTES = 16;
  static final int CGROUP_ID = 40;
  static final int NETNS_COOKIE = 48;
  static final int PROTOCOL = 56;

  private static final int IDS_BYTES = 8;
  private static final int KEY_AT = -NoteMap.KEY_BYTES;
  private static final int VALUE_AT = KEY_AT - VALUE_BYTES;
  private static final int COMM_AT = VALUE_AT + COMM;

  // Fields of struct bpf_sock, the context of a program for sockets, and their values.
  private static final int SOCK_TYPE = 8;
  private static final int SOCK_PROTOCOL = 12;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_ICMPV6 = 58;

  /** "kworker/" as eight little-endian bytes. */
  private static final long KWORKER = 0x2f72656b726f776bL;

  private NoteProgram() {}

  /** The program for every socket, which writes to the map with this descriptor. */
  static long[] instructions(int mapFd, PidNumbering pids) {
    return updateAndExit(gather(new Assembler(), pids), mapFd, NoteMap.ANY);
  }

  /** The program for raw sockets and ICMP echo sockets only. */
  static long[] rawInstructions(int mapFd, PidNumbering pids) {
    Label isRaw = new Label();
    Assembler program =
        new Assembler()
            .loadInt(R2, R1, SOCK_TYPE)
            .jumpIfEqual(R2, SOCK_RAW, isRaw)
            .loadInt(R2, R1, SOCK_PROTOCOL)
            .jumpIfEqual(R2, IPPROTO_ICMP, isRaw)
            .jumpIfEqual(R2, IPPROTO_ICMPV6, isRaw)
            .exit(NoteMap.PROCEED)
            .place(isRaw);
    gather(program, pids)
        .loadInt(R2, R6, SOCK_PROTOCOL)
        .storeLong(FRAME, VALUE_AT + PROTOCOL, R2)
        .move(R1, R6)
        .call(Helper.GET_NETNS_COOKIE)
        .storeLong(FRAME, VALUE_AT + NETNS_COOKIE, R0);
    return updateAndExit(program, mapFd, NoteMap.ANY);
  }

  /**
   * The program for events of TCP sockets, which only records a connect. It does not replace what
   * was recorded when the socket was created. It ignores a kworker, which connects on behalf of
   * another process.
   */
  static long[] connectInstructions(int mapFd, PidNumbering pids) {
    Label connects = new Label();
    Label isProcess = new Label();
    Assembler program =
        new Assembler()
            .loadInt(R2, R1, SockOps.OP)
            .jumpIfEqual(R2, SockOps.TCP_CONNECT_CB, connects)
            .exit(NoteMap.PROCEED)
            .place(connects);
    gather(program, pids)
        .loadLong(R2, FRAME, COMM_AT)
        .setLong(R3, KWORKER)
        .jumpIfNotEqual(R2, R3, isProcess)
        .exit(NoteMap.PROCEED)
        .place(isProcess);
    return updateAndExit(program, mapFd, NoteMap.NO_EXIST);
  }

  /** Puts the cookie and the value on the stack, and the context into R6. */
  private static Assembler gather(Assembler program, PidNumbering pids) {
    program
        .move(R6, R1)
        .set(R2, 0)
        .storeLong(FRAME, VALUE_AT + NETNS_COOKIE, R2)
        .storeLong(FRAME, VALUE_AT + PROTOCOL, R2)
        .call(Helper.GET_SOCKET_COOKIE)
        .storeLong(FRAME, KEY_AT, R0);
    if (pids.equals(PidNumbering.INITIAL)) {
      program.call(Helper.GET_CURRENT_PID_TGID).storeLong(FRAME, VALUE_AT + THREAD_ID, R0);
    } else {
      // Stores both ids, and 0 for a process of another namespace.
      program
          .setLong(R1, pids.device())
          .setLong(R2, pids.inode())
          .setStackAddress(R3, VALUE_AT + THREAD_ID)
          .set(R4, IDS_BYTES)
          .call(Helper.GET_NS_CURRENT_PID_TGID);
    }
    return program
        .call(Helper.GET_CURRENT_UID_GID)
        .storeLong(FRAME, VALUE_AT + UID, R0)
        .call(Helper.KTIME_GET_BOOT_NS)
        .storeLong(FRAME, VALUE_AT + BOOT_NANOS, R0)
        .call(Helper.GET_CURRENT_CGROUP_ID)
        .storeLong(FRAME, VALUE_AT + CGROUP_ID, R0)
        .setStackAddress(R1, COMM_AT)
        .set(R2, COMM_BYTES)
        .call(Helper.GET_CURRENT_COMM);
  }

  private static long[] updateAndExit(Assembler program, int mapFd, int flags) {
    return NoteMap.updateAndExit(program, mapFd, KEY_AT, VALUE_AT, flags).assemble();
  }
}
