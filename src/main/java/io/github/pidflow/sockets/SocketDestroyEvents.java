package io.github.pidflow.sockets;

import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetlinkSocket;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.function.Consumer;

/**
 * Receives the kernel's reports of destroyed sockets from the multicast groups of sock_diag(7).
 * Without them a five-tuple would keep its last owner until the next scan, and a datagram of its
 * next owner in the meantime would be attributed to the wrong process.
 */
final class SocketDestroyEvents implements AutoCloseable {
  /** The poller token of a namespace is this plus its id; lower tokens are for others. */
  private static final int FIRST_TOKEN = 16;

  private static final int SKNLGRP_INET_TCP_DESTROY = 1;
  private static final int SKNLGRP_INET_UDP_DESTROY = 2;
  private static final int SKNLGRP_INET6_TCP_DESTROY = 3;
  private static final int SKNLGRP_INET6_UDP_DESTROY = 4;

  /** Some 4,000 events. */
  private static final int QUEUE_BYTES = 1 << 22;

  private final NetlinkSocket netlink;
  private final DaemonCounters counters;

  private SocketDestroyEvents(NetlinkSocket netlink, DaemonCounters counters) {
    this.netlink = netlink;
    this.counters = counters;
  }

  /**
   * Subscribes.
   *
   * @param poller wakes up for events, under {@link #token}, since ports are reused soon
   */
  static SocketDestroyEvents open(int namespace, DaemonCounters counters, Poller poller)
      throws NativeIoException {
    NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG);
    try {
      netlink.queueBytes(QUEUE_BYTES);
      netlink.attachFilter(DestroyEventFilter.PROGRAM);
      netlink.join(SKNLGRP_INET_TCP_DESTROY);
      netlink.join(SKNLGRP_INET_UDP_DESTROY);
      netlink.join(SKNLGRP_INET6_TCP_DESTROY);
      netlink.join(SKNLGRP_INET6_UDP_DESTROY);
      poller.add(netlink, token(namespace));
      return new SocketDestroyEvents(netlink, counters);
    } catch (NativeIoException e) {
      netlink.close();
      throw e;
    }
  }

  static int token(int namespace) {
    return FIRST_TOKEN + namespace;
  }

  /** See {@link NetlinkSocket#netnsCookie}. */
  long netnsCookie() {
    return netlink.netnsCookie();
  }

  /**
   * Passes the sockets destroyed since the last call to the sink. Lost events are counted; the next
   * scan makes up for them.
   */
  void drain(Consumer<KernelSocket> destroyed) throws NativeIoException {
    try {
      netlink.drainEvents((type, message) -> InetDiag.parseEvent(message).ifPresent(destroyed));
    } catch (NativeIoException e) {
      if (e.errno() != Errno.ENOBUFS) {
        throw e;
      }
      counters.increment(DaemonCounter.NETLINK_OVERRUNS);
    }
  }

  @Override
  public void close() {
    netlink.close();
  }
}
