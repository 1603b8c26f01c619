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
   * @param startedHere whether the flow's first packet was sent, and this is what was sent
   */
  SocketOwner find(SocketTable table, Segment flow, boolean startedHere) {
    SocketOwner owner = table.giveUp(flow);
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
    SocketOwner sender = table.packetSender();
    boolean bypassesSockets =
        startedHere
            && !kernelSocket
            && flow.namespace() == Namespace.OWN
            && !table.isTranslated(flow);
    return bypassesSockets && sender != null ? sender : owner;
  }

  /** Whether the kernel speaks it by itself, though a raw socket may speak it too. */
  private static boolean isKernelProtocol(Segment segment) {
    return segment.protocol() == Protocol.IGMP || segment.protocol() == Protocol.PIM;
  }
}
