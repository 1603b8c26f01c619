package io.github.pidflow.bpf;

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
 * 24 char comm[16], of the thread                               40 u64 id of its cgroup (v2)
 * 48 u64 cookie of the network namespace   56 u64 protocol   both 0 but for raw sockets
 * </pre>
 */
final class NoteProgram {
  private static final int KEY_BYTES = 8;
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

  private static final int KEY_AT = -KEY_BYTES;
  private static final int VALUE_AT = KEY_AT - VALUE_BYTES;
  private static final int COMM_AT = VALUE_AT + COMM;

  private static final int NOEXIST = 1;

  // Of struct bpf_sock, and values there.
  private static final int TYPE_FIELD = 8;
  private static final int PROTOCOL_FIELD = 12;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_ICMPV6 = 58;

  /** "kworker/" as eight little-endian bytes. */
  private static final long KWORKER = 0x2f72656b726f776bL;

  private NoteProgram() {}

  /** The program that notes into the map of this descriptor. */
  static long[] instructions(int map) {
    return LongStream.concat(gather(), noteInto(map, 0)).toArray();
  }

  /** As {@link #instructions}, but of raw sockets and those for echoes only. */
  static long[] rawInstructions(int map) {
    LongStream unlessRaw =
        LongStream.of(
            Ebpf.load(2, 1, TYPE_FIELD),
            Ebpf.skipIfEqual(2, SOCK_RAW, 5),
            Ebpf.load(2, 1, PROTOCOL_FIELD),
            Ebpf.skipIfEqual(2, IPPROTO_ICMP, 3),
            Ebpf.skipIfEqual(2, IPPROTO_ICMPV6, 2),
            Ebpf.set(0, 1),
            Ebpf.EXIT);
    LongStream gatherMore =
        LongStream.of(
            Ebpf.load(2, 6, PROTOCOL_FIELD),
            Ebpf.store(VALUE_AT + PROTOCOL, 2),
            Ebpf.move(1, 6),
            Ebpf.call(Ebpf.GET_NETNS_COOKIE),
            Ebpf.store(VALUE_AT + NETNS_COOKIE, 0));
    return Stream.of(unlessRaw, gather(), gatherMore, noteInto(map, 0))
        .flatMapToLong(Function.identity())
        .toArray();
  }

  /**
   * As {@link #instructions}, but run for every event of a TCP socket and noting at its connect
   * only. What was noted at its creation stays. A worker of the kernel that connects does it for
   * somebody else: nothing is noted then.
   */
  static long[] connectInstructions(int map) {
    LongStream unlessConnecting =
        LongStream.of(
            Ebpf.load(2, 1, 0), // r2 = bpf_sock_ops.op
            Ebpf.skipIfEqual(2, Ebpf.TCP_CONNECT_CB, 2),
            Ebpf.set(0, 1),
            Ebpf.EXIT);
    LongStream unlessWorker =
        LongStream.of(
            Ebpf.instruction(0x79, 2, 10, COMM_AT, 0), // r2 = the first eight of comm
            Ebpf.instruction(0x18, 3, 0, 0, (int) KWORKER),
            Ebpf.instruction(0, 0, 0, 0, (int) (KWORKER >>> 32)),
            Ebpf.instruction(0x5d, 2, 3, 2, 0), // if they differ, skip two
            Ebpf.set(0, 1),
            Ebpf.EXIT);
    return Stream.of(unlessConnecting, gather(), unlessWorker, noteInto(map, NOEXIST))
        .flatMapToLong(Function.identity())
        .toArray();
  }

  private static LongStream gather() {
    return LongStream.of(
        Ebpf.move(6, 1), // the context, which calls leave in r6
        Ebpf.set(2, 0),
        Ebpf.store(VALUE_AT + NETNS_COOKIE, 2),
        Ebpf.store(VALUE_AT + PROTOCOL, 2),
        Ebpf.call(Ebpf.GET_SOCKET_COOKIE), // of the context, which is in r1 from the start
        Ebpf.store(KEY_AT, 0),
        Ebpf.call(Ebpf.GET_CURRENT_PID_TGID),
        Ebpf.store(VALUE_AT, 0),
        Ebpf.call(Ebpf.GET_CURRENT_UID_GID),
        Ebpf.store(VALUE_AT + UID, 0),
        Ebpf.call(Ebpf.KTIME_GET_BOOT_NS),
        Ebpf.store(VALUE_AT + BOOT_NANOS, 0),
        Ebpf.call(Ebpf.GET_CURRENT_CGROUP_ID),
        Ebpf.store(VALUE_AT + CGROUP_ID, 0),
        Ebpf.move(1, 10),
        Ebpf.add(1, COMM_AT),
        Ebpf.set(2, COMM_BYTES),
        Ebpf.call(Ebpf.GET_CURRENT_COMM));
  }

  private static LongStream noteInto(int map, int flags) {
    return Ebpf.updateMap(map, KEY_AT, VALUE_AT, flags);
  }
}
