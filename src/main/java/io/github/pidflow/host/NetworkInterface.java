package io.github.pidflow.host;

/**
 * One interface of a network namespace, as reported by rtnetlink(7).
 *
 * @param kind the kind of a virtual device ({@code bridge}, {@code vlan}), otherwise empty
 * @param masterIndex the bridge, bond or VRF it is enslaved to, or 0
 * @param lowerIndex the interface it is stacked on, or 0
 * @param vlanId the id of a VLAN device, otherwise 0
 * @param tunnelPort the UDP port that a tunnel device sends to and receives on; 0 for other devices
 *     and for tunnels that do not report it
 */
public record NetworkInterface(
    int index,
    String name,
    String kind,
    boolean loopback,
    int masterIndex,
    int lowerIndex,
    int vlanId,
    int tunnelPort) {

  /** An interface that is not a UDP tunnel. */
  public NetworkInterface(
      int index,
      String name,
      String kind,
      boolean loopback,
      int masterIndex,
      int lowerIndex,
      int vlanId) {
    this(index, name, kind, loopback, masterIndex, lowerIndex, vlanId, 0);
  }
}
