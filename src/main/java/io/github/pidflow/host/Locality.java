package io.github.pidflow.host;

/** Whose a segment is, by where it was seen and its addresses. */
public enum Locality {
  /** Sent by a process of this host. */
  SENT,
  /** Received by a process of this host. */
  RECEIVED,
  /** Both at once: a loopback packet that its source shows only once. */
  BOTH,
  /** Neither from nor to this host. */
  FORWARDED,
  /** This host's, but seen a second time, on an interface below the one that counts it. */
  DUPLICATE
}
