package io.github.pidflow.decode;

/** The outcome of decoding a frame, which says what the segment holds. */
public enum DecodeResult {
  /** Neither IPv4 nor IPv6, or truncated before the EtherType. The segment holds no bytes. */
  NOT_IP,
  /**
   * The IP header is malformed or truncated. The segment's bytes are those on the wire after the
   * link header; its addresses are 0 if they could not be read, its ports are unknown.
   */
  MALFORMED,
  /** The segment holds addresses, protocol and bytes, and the ports if they are known. */
  DECODED
}
