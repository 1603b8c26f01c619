package io.github.pidflow.flow;

/**
 * A five-tuple the table does not know, and where its packet was seen.
 *
 * @param vrfIndex the VRF that the interface belongs to, or 0
 */
public record Miss(SocketKey key, int interfaceIndex, int vrfIndex) {
  /** Seen on an interface without a VRF. */
  public Miss(SocketKey key, int interfaceIndex) {
    this(key, interfaceIndex, 0);
  }

  /** Seen on the given interface only: that of a VRF sees none of its own. */
  public Miss on(int otherInterface) {
    return new Miss(key, otherInterface, 0);
  }
}
