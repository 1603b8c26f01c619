package io.github.pidflow.decode;

/** EtherTypes that lead to an IP header (IEEE 802 numbers, {@code linux/if_ether.h}). */
final class EtherType {
  /** For a frame without an EtherType that is not IP; not a valid EtherType on the wire. */
  static final int NONE = 0;

  static final int IPV4 = 0x0800;
  static final int VLAN = 0x8100;
  static final int IPV6 = 0x86dd;
  static final int PROVIDER_VLAN = 0x88a8;

  /** The outer tag of switches that stacked tags before 802.1ad. */
  static final int OLD_STACKED_VLAN = 0x9100;

  private EtherType() {}

  static boolean isVlan(int etherType) {
    return etherType == VLAN || etherType == PROVIDER_VLAN || etherType == OLD_STACKED_VLAN;
  }
}
