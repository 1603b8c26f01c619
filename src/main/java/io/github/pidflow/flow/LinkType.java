package io.github.pidflow.flow;

/** The format of a frame's first bytes, named after libpcap's link types (pcap-linktype(7)). */
public enum LinkType {
  /** An Ethernet header, VLAN tags included. */
  ETHERNET(1),
  /** An IPv4 or IPv6 header, told apart by its version. */
  RAW_IP(101),
  /** A network-layer header of type {@link Frame#etherType()}, as packet(7) delivers it. */
  NETWORK(101),
  /** Linux cooked capture v1. */
  LINUX_SLL(113),
  /** Linux cooked capture v2. */
  LINUX_SLL2(276),
  /** BSD loopback: an address family in the byte order of the capturing host. */
  NULL_LOOPBACK(0),
  /** OpenBSD loopback: an address family in network byte order. */
  LOOP(108);

  private final int code;

  LinkType(int code) {
    this.code = code;
  }

  /** The {@code LINKTYPE_} value of pcap and pcapng files that describes such frames. */
  public int code() {
    return code;
  }
}
