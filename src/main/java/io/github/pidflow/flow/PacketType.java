package io.github.pidflow.flow;

/** The kernel's {@code sll_pkttype} (packet(7)): how a frame met the interface it was seen on. */
public enum PacketType {
  /** Addressed to this host. */
  HOST,
  BROADCAST,
  MULTICAST,
  /** Addressed to another host and seen only because the interface is promiscuous. */
  OTHERHOST,
  /** Sent by this host. */
  OUTGOING,
  /** The source does not say, as in an Ethernet capture file. */
  UNKNOWN;

  private static final PacketType[] BY_CODE = {HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING};

  /** The type of a kernel code, {@link #UNKNOWN} for a code that is none of the five. */
  public static PacketType of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
  }
}
