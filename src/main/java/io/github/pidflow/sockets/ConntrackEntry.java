package io.github.pidflow.sockets;

import io.github.pidflow.flow.SocketKey;

/**
 * A connection tracking entry whose addresses NAT has rewritten. Each tuple is the key its socket
 * would have if that socket were in this network namespace.
 *
 * @param original the tuple as the sender of the first packet sees it, the sender being local
 * @param reply the tuple as the receiver of the first packet sees it, the receiver being local
 */
public record ConntrackEntry(SocketKey original, SocketKey reply) {

  /** Returns whether one end is at the flow's local address or on loopback. */
  public boolean hasLocalEnd(SocketKey flow) {
    return isLocal(original, flow) || isLocal(reply, flow);
  }

  private static boolean isLocal(SocketKey end, SocketKey flow) {
    boolean same = end.localHigh() == flow.localHigh() && end.localLow() == flow.localLow();
    boolean loopback4 = end.localHigh() == 0 && end.localLow() >>> 24 == 0xffff_7fL;
    boolean loopback6 = end.localHigh() == 0 && end.localLow() == 1;
    return same || loopback4 || loopback6;
  }
}
