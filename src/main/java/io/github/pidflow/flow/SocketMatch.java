package io.github.pidflow.flow;

/** Which parts of a segment's five-tuple a socket must have to match the segment. */
public enum SocketMatch {
  /** The whole five-tuple: a connected socket. */
  EXACT(false, false),
  /** The local address and port, and no remote end. */
  BOUND(false, false),
  /** The local port, the wildcard address of the segment's family, and no remote end. */
  WILDCARD(true, false),
  /** The local address, no port and no remote end: a raw socket of the segment's protocol. */
  RAW_BOUND(false, true),
  /** The wildcard address, no port and no remote end. */
  RAW_WILDCARD(true, true);

  private final boolean wildcard;
  private final boolean raw;

  SocketMatch(boolean wildcard, boolean raw) {
    this.wildcard = wildcard;
    this.raw = raw;
  }

  boolean isWildcard() {
    return wildcard;
  }

  boolean isRaw() {
    return raw;
  }
}
