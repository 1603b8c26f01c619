package io.github.pidflow.bpf;

import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The eBPF program that notes the five-tuple of a TCP connection when it is asked for or accepted.
 * It runs for every event of a TCP socket, and stores, under the socket's cookie, this part of
 * {@code struct bpf_sock_ops} as it stands there:
 *
 * <pre>
 *  0 u32 family   4 be32 remote_ip4    8 be32 local_ip4   12 be32 remote_ip6[4]
 * 28 be32 local_ip6[4]   44 be32 remote_port, the first half 0   48 u32 local_port
 * </pre>
 */
final class ConnectionProgram {
  private static final int KEY_BYTES = 8;
  static final int VALUE_BYTES = 56;
  static final int FAMILY = 0;
  static final int REMOTE_IP4 = 4;
  static final int LOCAL_IP4 = 8;
  static final int REMOTE_IP6 = 12;
  static final int LOCAL_IP6 = 28;
  static final int REMOTE_PORT = 46;
  static final int LOCAL_PORT = 48;

  /** Of the family, the first that is noted, in {@code struct bpf_sock_ops}. */
  private static final int FIRST_FIELD = 20;

  private static final int NOTED_BYTES = 52;
  private static final int KEY_AT = -KEY_BYTES;
  private static final int VALUE_AT = KEY_AT - VALUE_BYTES;

  private ConnectionProgram() {}

  /** The program that notes into the map of this descriptor. */
  static long[] instructions(int map) {
    LongStream unlessNew =
        LongStream.of(
            Ebpf.load(2, 1, 0), // r2 = bpf_sock_ops.op
            Ebpf.skipIfEqual(2, Ebpf.TCP_CONNECT_CB, 3),
            Ebpf.skipIfEqual(2, Ebpf.PASSIVE_ESTABLISHED_CB, 2),
            Ebpf.set(0, 1),
            Ebpf.EXIT,
            Ebpf.move(6, 1)); // the context, which calls leave in r6
    LongStream copy =
        LongStream.iterate(0, at -> at < NOTED_BYTES, at -> at + Integer.BYTES)
            .flatMap(
                at ->
                    LongStream.of(
                        Ebpf.load(2, 6, FIRST_FIELD + (int) at),
                        Ebpf.storeInt(VALUE_AT + (int) at, 2)));
    LongStream note =
        LongStream.of(
            Ebpf.set(2, 0),
            Ebpf.storeInt(VALUE_AT + NOTED_BYTES, 2),
            Ebpf.move(1, 6),
            Ebpf.call(Ebpf.GET_SOCKET_COOKIE),
            Ebpf.store(KEY_AT, 0));
    return Stream.of(unlessNew, copy, note, Ebpf.updateMap(map, KEY_AT, VALUE_AT, 0))
        .flatMapToLong(Function.identity())
        .toArray();
  }
}
