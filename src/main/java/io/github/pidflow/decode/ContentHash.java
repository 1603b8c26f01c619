package io.github.pidflow.decode;

import io.github.pidflow.flow.FlowHash;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import java.nio.ByteBuffer;

/**
 * A hash of a packet that is the same wherever the host shows it. Leaves out what changes on the
 * way through a host, the hop limit, and what may not be filled in yet: the checksums.
 */
final class ContentHash {
  /** Headers with options, and a little payload. */
  private static final int MAX_BYTES = 120;

  // Offsets in the IPv4 header, and then in the IPv6 header.
  private static final int IDENTIFICATION = 4;
  private static final int TTL = 8;
  private static final int HEADER_CHECKSUM = 10;
  private static final int NEXT_HEADER = 6;
  private static final int HOP_LIMIT = 7;

  // Offsets in the transport header.
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;
  private static final int CHECKSUM_BYTES = 2;

  /** Random, so that nobody can make a packet that passes for another. */
  private static final long MULTIPLIER = FlowHash.odd();

  private ContentHash() {}

  /** Hashes an IP packet of which {@code available} bytes were captured. */
  static void set(ByteBuffer buffer, int start, int available, Segment segment) {
    boolean v6 = IpVersion.of(buffer, start) == Ipv6Header.VERSION;
    int transport = v6 ? Ipv6Header.LENGTH : (buffer.get(start) & 0xf) * Integer.BYTES;
    int protocolAt = v6 ? NEXT_HEADER : Ipv4Header.PROTOCOL_OFFSET;
    if (available < Ipv4Header.MIN_LENGTH || available <= transport) {
      return;
    }
    int protocol = Byte.toUnsignedInt(buffer.get(start + protocolAt));
    int checksum = transport + (protocol == Protocol.TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
    long hash = 1;
    for (int i = 0; i < Math.min(available, MAX_BYTES); i++) {
      boolean changes =
          v6 ? i == HOP_LIMIT : i == TTL || i == HEADER_CHECKSUM || i == HEADER_CHECKSUM + 1;
      if (!changes && (i < checksum || i >= checksum + CHECKSUM_BYTES)) {
        hash = hash * MULTIPLIER + (buffer.get(start + i) & 0xff) + 1;
      }
    }
    boolean identified = !v6 && BigEndian.uint16(buffer, start + IDENTIFICATION) != 0;
    segment.content(hash == 0 ? 1 : hash, identified);
  }
}
