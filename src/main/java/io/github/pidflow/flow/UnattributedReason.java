package io.github.pidflow.flow;

import java.util.Locale;

/** Why traffic of this host is not attributed to a process. */
public enum UnattributedReason {
  /** The kernel has no socket for it: a closed port, or a socket closed before it was found. */
  NO_SOCKET,
  /** There is a socket, but no readable process holds it: it may be the kernel's own. */
  NO_PROCESS,
  /** Several processes hold sockets that match equally well. */
  AMBIGUOUS,
  /** A protocol that the kernel handles itself, without a socket: ICMP errors, IGMP. */
  KERNEL_PROTOCOL,
  /** The outer packet of a kernel tunnel; the inner one is counted on the tunnel's device. */
  TUNNEL,
  /** Sent through a packet socket, and several processes have one. */
  PACKET_SOCKET,
  /** A later fragment whose first fragment was not captured. */
  ORPHAN_FRAGMENT,
  /** The headers are truncated or contradictory. */
  MALFORMED,
  /** The flow had to be parked until its owner is found, and there was no room. */
  PARKED_OVERFLOW;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The value of the {@code reason} label. */
  public String label() {
    return label;
  }
}
