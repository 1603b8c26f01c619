package io.github.pidflow.host;

/**
 * One interface of this network namespace, as rtnetlink(7) shows it.
 *
 * @param kind what kind of virtual device it is ({@code bridge}, {@code vlan}), empty for others
 * @param masterIndex the bridge, bond or VRF it is enslaved to, or 0
 * @param lowerIndex the interface it is stacked on, or 0
 * @param vlanId the id of a VLAN device, otherwise 0
 * @param tunnelPort the UDP port a tunnel sends to and receives on, 0 for what is no such tunnel or
 *     does not tell
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

  /** One that is no tunnel over UDP. */
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
