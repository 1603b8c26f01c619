package io.github.pidflow.bpf;

import static io.github.pidflow.bpf.Register.FRAME;
import static io.github.pidflow.bpf.Register.R0;
import static io.github.pidflow.bpf.Register.R1;
import static io.github.pidflow.bpf.Register.R2;
import static io.github.pidflow.bpf.Register.R6;

import io.github.pidflow.bpf.Assembler.Label;

/**
 * The eBPF program that records the five-tuple of a TCP connection when it is initiated or
 * accepted. It runs for every event of a TCP socket. The value it stores under the socket's cookie
 * is a copy of the part of {@link SockOps struct bpf_sock_ops} that starts with the family:
 *
 * <pre>
 *  0 u32 family   4 be32 remote_ip4    8 be32 local_ip4   12 be32 remote_ip6[4]
 * 28 be32 local_ip6[4]   44 be32 remote_port, its first half 0   48 u32 local_port   52 u32 padding
 * </pre>
 */
final class ConnectionProgram {
  static final int VALUE_BYTES = 56;
  static final int FAMILY = 0;
  static final int REMOTE_IP4 = 4;
  static final int LOCAL_IP4 = 8;
  static final int REMOTE_IP6 = 12;
  static final int LOCAL_IP6 = 28;

  /** Of the half of the remote port that is not 0. */
  static final int REMOTE_PORT = 46;

  static final int LOCAL_PORT = 48;

  private static final int PADDING = 52;
  private static final int KEY_AT = -NoteMap.KEY_BYTES;
  private static final int VALUE_AT = KEY_AT - VALUE_BYTES;

  private ConnectionProgram() {}

  /** The program that writes to the map with this descriptor. */
  static long[] instructions(int mapFd) {
    Label isNew = new Label();
    Assembler program =
        new Assembler()
            .loadInt(R2, R1, SockOps.OP)
            .jumpIfEqual(R2, SockOps.TCP_CONNECT_CB, isNew)
            .jumpIfEqual(R2, SockOps.PASSIVE_ESTABLISHED_CB, isNew)
            .exit(NoteMap.PROCEED)
            .place(isNew)
            .move(R6, R1);
    for (int at = 0; at < PADDING; at += Integer.BYTES) {
      program.loadInt(R2, R6, SockOps.FAMILY + at).storeInt(FRAME, VALUE_AT + at, R2);
    }
    program
        .set(R2, 0)
        .storeInt(FRAME, VALUE_AT + PADDING, R2)
        .move(R1, R6)
        .call(Helper.GET_SOCKET_COOKIE)
        .storeLong(FRAME, KEY_AT, R0);
    return NoteMap.updateAndExit(program, mapFd, KEY_AT, VALUE_AT, NoteMap.ANY).assemble();
  }
}
