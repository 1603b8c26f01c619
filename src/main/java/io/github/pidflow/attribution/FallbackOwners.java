package io.github.pidflow.attribution;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.Networks;
import io.github.pidflow.sockettable.SocketOwner;
import io.github.pidflow.sockettable.SocketTable;

/**
 * The last word on a flow whose owner was not found in time, tried in this order: the listener or a
 * closed sender of the flow, the kernel's tunnels, the kernel's own protocols, a packet socket.
 */
final class FallbackOwners {
  private final Networks networks;

  FallbackOwners(Networks networks) {
    this.networks = networks;
  }

  /**
   * The owner, or the reason why there is none.
   *
   * @param sender who sent it past the sockets of its protocol
   */
  SocketOwner find(SocketTable table, Segment flow, Sender sender) {
    SocketOwner owner = table.giveUp(flow);
    boolean raw = RecentSenders.isRaw(flow.protocol());
    if (raw && !owner.isKnown() && sender.reported != null) {
      return sender.reported;
    }
    if (owner.isKnown() || owner.reason() == UnattributedReason.AMBIGUOUS) {
      return owner;
    }
    boolean kernelSocket = owner.reason() == UnattributedReason.NO_PROCESS;
    if (networks.of(flow.namespace()).isTunnel(flow, kernelSocket)) {
      return SocketOwner.none(UnattributedReason.TUNNEL);
    }
    if (isKernelProtocol(flow)) {
      return SocketOwner.none(UnattributedReason.KERNEL_PROTOCOL);
    }
    if (kernelSocket || table.isTranslated(flow)) {
      return owner;
    }
    if (sender.reported != null) {
      return sender.reported;
    }
    boolean unreported = sender.startedHere && flow.namespace() == Namespace.OWN;
    SocketOwner sole = unreported ? table.senders().sole() : null;
    return sole != null ? sole : owner;
  }

  /** Whether what a flow sent may have been sent past the sockets of its protocol. */
  boolean mayBypassSockets(SocketTable table, Segment flow) {
    SocketOwner owner = table.giveUp(flow);
    return owner.reason() == UnattributedReason.NO_SOCKET
        && !table.isTranslated(flow)
        && !networks.of(flow.namespace()).isTunnel(flow, false);
  }

  /**
   * Who sent a flow past the sockets of its protocol.
   *
   * @param reported the process that the kernel reported, or the reason why it is not known which;
   *     null if none was reported
   * @param startedHere whether the flow's first packet was sent, and its send may have gone
   *     unreported
   */
  record Sender(SocketOwner reported, boolean startedHere) {
    /** Of what was received. */
    static final Sender NONE = new Sender(null, false);
  }

  /** Whether the kernel speaks it by itself, though a raw socket may speak it too. */
  private static boolean isKernelProtocol(Segment segment) {
    return segment.protocol() == Protocol.IGMP || segment.protocol() == Protocol.PIM;
  }
}
