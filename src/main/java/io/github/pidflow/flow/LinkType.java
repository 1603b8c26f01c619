package io.github.pidflow.flow;

/** What a frame's first byte is. */
public enum LinkType {
  /** An Ethernet header, VLAN tags included (DLT_EN10MB). */
  ETHERNET,
  /** An IPv4 or IPv6 header, told apart by its version (DLT_RAW, DLT_IPV4, DLT_IPV6). */
  RAW_IP,
  /** Network layer; {@link Frame#etherType()} says which, as the kernel's packet socket does. */
  NETWORK,
  /** Linux cooked capture v1 (DLT_LINUX_SLL). */
  LINUX_SLL,
  /** Linux cooked capture v2 (DLT_LINUX_SLL2). */
  LINUX_SLL2,
  /** BSD loopback, address family in the byte order of the capturing host (DLT_NULL). */
  NULL_LOOPBACK,
  /** OpenBSD loopback, address family in network byte order (DLT_LOOP). */
  LOOP
}
