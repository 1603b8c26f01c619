package io.github.pidflow.flow;

/** The kernel's {@code sll_pkttype} (packet(7)): to whom a frame was addressed, or by whom sent. */
public enum PacketType {
  /** Addressed to this host. */
  HOST,
  BROADCAST,
  MULTICAST,
  /** Addressed to another host, and captured because the interface is promiscuous. */
  OTHERHOST,
  /** Sent by this host. */
  OUTGOING,
  /** Not recorded, as in an Ethernet capture file. */
  UNKNOWN;

  private static final PacketType[] BY_CODE = {HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING};

  /** The type of a kernel code; {@link #UNKNOWN} if the code is none of the five. */
  public static PacketType of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
  }

  /** The kernel's code, {@code PACKET_HOST} and so on; {@link #UNKNOWN} has none. */
  public int code() {
    return ordinal();
  }
}
