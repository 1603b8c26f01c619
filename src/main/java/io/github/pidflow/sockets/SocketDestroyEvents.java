package io.github.pidflow.sockets;

import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetlinkSocket;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.function.Consumer;

/**
 * Tells of sockets the kernel has destroyed, through the multicast groups of sock_diag(7). Without
 * it a socket's five-tuple would stay its last owner's until the next scan, and a datagram of the
 * next owner in between would go to the wrong process.
 */
public final class SocketDestroyEvents implements AutoCloseable {
  /** What the poller says of a namespace is this and its number. */
  private static final int FIRST_TOKEN = 16;

  private static final int SKNLGRP_INET_TCP_DESTROY = 1;
  private static final int SKNLGRP_INET_UDP_DESTROY = 2;
  private static final int SKNLGRP_INET6_TCP_DESTROY = 3;
  private static final int SKNLGRP_INET6_UDP_DESTROY = 4;

  private final NetlinkSocket netlink;
  private final DaemonCounters counters;

  private SocketDestroyEvents(NetlinkSocket netlink, DaemonCounters counters) {
    this.netlink = netlink;
    this.counters = counters;
  }

  /**
   * Starts to listen.
   *
   * @param poller is to wait for events too, under {@link #token}: ports are used again soon
   */
  static SocketDestroyEvents open(int namespace, DaemonCounters counters, Poller poller)
      throws NativeIoException {
    NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG);
    try {
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

  public static int token(int namespace) {
    return FIRST_TOKEN + namespace;
  }

  /** See {@link NetlinkSocket#netnsCookie}. */
  long netnsCookie() {
    return netlink.netnsCookie();
  }

  /**
   * Hands over the sockets destroyed since the last call. Events lost are counted; a scan mends it.
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
