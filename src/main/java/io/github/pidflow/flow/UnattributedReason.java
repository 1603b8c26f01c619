package io.github.pidflow.flow;

import java.util.Locale;

/** Why bytes of this host are no process's: the {@code reason} label. */
public enum UnattributedReason {
  /** The kernel knows of no socket for it: a closed port, or a socket closed before it was seen. */
  NO_SOCKET,
  /**
   * The socket is there, but no process that can be read holds it: the kernel's own, for example.
   */
  NO_PROCESS,
  /** Several processes hold sockets that match alike, and nothing tells them apart. */
  AMBIGUOUS,
  /** A protocol the kernel speaks itself, with no socket on it: ICMP errors, IGMP. */
  KERNEL_PROTOCOL,
  /** The outside of a tunnel the kernel keeps: what is inside is counted on the tunnel's device. */
  TUNNEL,
  /** Sent past the kernel's protocols, and several processes have a socket that can do so. */
  PACKET_SOCKET,
  /** A later fragment of a packet whose first fragment was not seen. */
  ORPHAN_FRAGMENT,
  /** Headers cut short, or contradicting themselves, before they named a socket. */
  MALFORMED,
  /** It had to wait for its owner, and the waiting room was full. */
  PARKED_OVERFLOW;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
