package io.github.pidflow.host;

/** How a segment relates to this host, judged by its addresses and where it was captured. */
public enum Locality {
  /** Sent by a process of this host. */
  SENT,
  /** Received by a process of this host. */
  RECEIVED,
  /** Both at once: a loopback packet that the capture source delivers only once. */
  BOTH,
  /** Neither from nor to this host: routed, bridged or merely overheard. */
  FORWARDED,
  /** A further sighting of this host's packet, on an interface below the one that counts it. */
  DUPLICATE
}
