package io.github.pidflow.sockets;

import io.github.pidflow.flow.SocketKey;

/**
 * A flow that NAT has put other addresses on, as its first sender has it and as its receiver has
 * it: each as the five-tuple its socket would have, if that socket were in this namespace.
 */
public record ConntrackEntry(SocketKey sender, SocketKey receiver) {

  /** Whether one of its ends is here, at this flow's local address or on loopback. */
  public boolean endsAt(SocketKey flow) {
    return isHere(sender, flow) || isHere(receiver, flow);
  }

  private static boolean isHere(SocketKey end, SocketKey flow) {
    boolean same = end.localHigh() == flow.localHigh() && end.localLow() == flow.localLow();
    boolean loopback4 = end.localHigh() == 0 && end.localLow() >>> 24 == 0xffff_7fL;
    boolean loopback6 = end.localHigh() == 0 && end.localLow() == 1;
    return same || loopback4 || loopback6;
  }
}
