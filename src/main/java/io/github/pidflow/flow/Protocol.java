package io.github.pidflow.flow;

import java.util.Locale;

/**
 * IP protocol numbers (IANA), including those of IPv6 extension headers. Protocols that sockets use
 * have a name in pidflow's output; others appear as their number.
 */
public final class Protocol {
  public static final int IPV6_HOP_BY_HOP = 0;
  public static final int ICMP = 1;
  public static final int IGMP = 2;
  public static final int IPIP = 4;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int DCCP = 33;
  public static final int IPV6_IN_IP = 41;
  public static final int IPV6_ROUTING = 43;
  public static final int IPV6_FRAGMENT = 44;
  public static final int GRE = 47;
  public static final int ESP = 50;
  public static final int AH = 51;
  public static final int ICMPV6 = 58;
  public static final int IPV6_DESTINATION_OPTIONS = 60;
  public static final int PIM = 103;
  public static final int L2TP = 115;
  public static final int SCTP = 132;
  public static final int MOBILITY = 135;
  public static final int UDPLITE = 136;
  public static final int HIP = 139;
  public static final int SHIM6 = 140;

  /** What a raw socket that may send any protocol is created with. */
  public static final int RAW = 255;

  private Protocol() {}

  /** Whether it is ICMP of either family. */
  public static boolean isIcmp(int protocol) {
    return protocol == ICMP || protocol == ICMPV6;
  }

  /** The protocol's name, or its number in decimal if it has none. */
  public static String name(int protocol) {
    return switch (protocol) {
      case ICMP -> "icmp";
      case TCP -> "tcp";
      case UDP -> "udp";
      case DCCP -> "dccp";
      case ICMPV6 -> "icmpv6";
      case SCTP -> "sctp";
      case UDPLITE -> "udplite";
      default -> Integer.toString(protocol);
    };
  }

  /** The number for a name or for a decimal number from 0 to 255; -1 for anything else. */
  public static int number(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "icmp" -> ICMP;
      case "tcp" -> TCP;
      case "udp" -> UDP;
      case "dccp" -> DCCP;
      case "icmpv6" -> ICMPV6;
      case "sctp" -> SCTP;
      case "udplite" -> UDPLITE;
      default ->
          name.matches("\\d{1,3}") && Integer.parseInt(name) <= 255 ? Integer.parseInt(name) : -1;
    };
  }
}
