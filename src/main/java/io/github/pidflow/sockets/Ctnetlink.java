package io.github.pidflow.sockets;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetlinkSocket;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Looks up connection tracking entries through ctnetlink, which needs CAP_NET_ADMIN. A lookup costs
 * the same however large the table is.
 */
final class Ctnetlink implements AutoCloseable {
  private final int namespace;
  private final NetlinkSocket netlink;

  private Ctnetlink(int namespace, NetlinkSocket netlink) {
    this.namespace = namespace;
    this.netlink = netlink;
  }

  /** Opens it in the calling thread's network namespace. */
  static Ctnetlink open(int namespace) throws NativeIoException {
    return new Ctnetlink(namespace, NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER));
  }

  /** Returns the translated entry that has this flow in one of its directions. */
  Optional<ConntrackEntry> find(SocketKey flow) throws NativeIoException {
    if (!flow.isConnected()) {
      return Optional.empty();
    }
    // After NAT a packet is the reverse of the other direction's before NAT.
    Optional<ConntrackEntry> entry = findTuple(ConntrackEntry.reversed(flow));
    // Only the host that sends an echo request has a socket for it.
    if (entry.isEmpty() && !Protocol.isIcmp(flow.protocol())) {
      entry = findTuple(flow);
    }
    return entry.filter(ConntrackEntry::isTranslated);
  }

  private Optional<ConntrackEntry> findTuple(SocketKey tuple) throws NativeIoException {
    Found found = new Found();
    try {
      netlink.exchange(
          ConntrackMessage.findRequest(tuple),
          "conntrack lookup",
          (type, message) -> {
            if (type == ConntrackMessage.CT_NEW) {
              found.entry = ConntrackMessage.parse(message, namespace);
            }
          });
    } catch (NativeIoException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    return found.entry;
  }

  private static final class Found {
    private Optional<ConntrackEntry> entry = Optional.empty();
  }

  /** Passes all translated entries to the sink. Kernels before 5.15 list the others as well. */
  void dump(Consumer<ConntrackEntry> sink) throws NativeIoException {
    int source = ConntrackMessage.SRC_NAT;
    int destination = ConntrackMessage.DST_NAT;
    dump(source, source, sink);
    dump(destination, source | destination, sink);
  }

  private void dump(int status, int mask, Consumer<ConntrackEntry> sink) throws NativeIoException {
    // An interrupted dump lacks a few entries; those flows are asked for again.
    netlink.exchange(
        ConntrackMessage.dumpRequest(status, mask),
        "conntrack dump",
        (type, message) -> {
          if (type == ConntrackMessage.CT_NEW) {
            ConntrackMessage.parse(message, namespace)
                .filter(ConntrackEntry::isTranslated)
                .ifPresent(sink);
          }
        });
  }

  @Override
  public void close() {
    netlink.close();
  }
}
