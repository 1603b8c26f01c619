package io.github.pidflow.decode;

/** What became of a frame, and so how much of its segment can be believed. */
public enum DecodeResult {
  /** Neither IPv4 nor IPv6, or cut before that could be told: the segment holds no bytes. */
  NOT_IP,
  /**
   * An IP header that cannot be trusted. The segment's bytes are what the wire carried behind the
   * link header; its addresses are 0 where they could not be read, its ports are unknown.
   */
  MALFORMED,
  /** The segment holds addresses, protocol and bytes, and the ports if it says they are known. */
  DECODED
}
