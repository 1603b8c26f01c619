package io.github.pidflow.bpf;

/**
 * The context of a program that runs for events of TCP sockets, and the events that are used.
 *
 * <pre>
 * struct bpf_sock_ops, the fields that are read
 *  0 u32 op                20 u32 family          24 be32 remote_ip4      28 be32 local_ip4
 * 32 be32 remote_ip6[4]    48 be32 local_ip6[4]   64 be32 remote_port     68 u32 local_port
 * </pre>
 */
final class SockOps {
  static final int OP = 0;
  static final int FAMILY = 20;

  /** The socket is about to connect. */
  static final int TCP_CONNECT_CB = 3;

  /** The socket is a connection that was accepted. */
  static final int PASSIVE_ESTABLISHED_CB = 5;

  private SockOps() {}
}
