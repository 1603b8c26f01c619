package io.github.pidflow.flow;

/**
 * A five-tuple the table does not know, and where its packet was seen.
 *
 * @param vrfIndex the VRF that the interface belongs to, or 0
 * @param expected whether a socket of this host most likely has the flow: it sent a packet of it,
 *     or one is known at the port
 */
public record Miss(SocketKey key, int interfaceIndex, int vrfIndex, boolean expected) {
  /** Received on an interface without a VRF. */
  public Miss(SocketKey key, int interfaceIndex) {
    this(key, interfaceIndex, 0, false);
  }

  /** Seen on the given interface only: that of a VRF sees none of its own. */
  public Miss on(int otherInterface) {
    return new Miss(key, otherInterface, 0, expected);
  }
}
