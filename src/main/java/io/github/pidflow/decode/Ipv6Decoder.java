package io.github.pidflow.decode;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import java.nio.ByteBuffer;

/** Decodes the fixed IPv6 header and passes on what follows it. */
final class Ipv6Decoder {
  private final CounterBatch counters;
  private final PayloadDecoder payload;

  Ipv6Decoder(CounterBatch counters, PayloadDecoder payload) {
    this.counters = counters;
    this.payload = payload;
  }

  /**
   * Decodes the packet at {@code start}.
   *
   * @param available how many of its bytes were captured
   * @param wireBytes how many bytes followed the link header on the wire, including padding
   */
  DecodeResult decode(ByteBuffer buffer, int start, int available, int wireBytes, Segment segment) {
    segment.bytes(wireBytes);
    if (available < Ipv6Header.LENGTH) {
      boolean other = available > 0 && IpVersion.of(buffer, start) != Ipv6Header.VERSION;
      return malformed(other ? DaemonCounter.BAD_IP_VERSION : DaemonCounter.TRUNCATED_IP);
    }
    long header = Ipv6Header.start(buffer, start);
    if (Ipv6Header.version(header) != Ipv6Header.VERSION) {
      return malformed(DaemonCounter.BAD_IP_VERSION);
    }
    segment.addresses(
        Ipv6Header.sourceHigh(buffer, start),
        Ipv6Header.sourceLow(buffer, start),
        Ipv6Header.destinationHigh(buffer, start),
        Ipv6Header.destinationLow(buffer, start));

    int nextHeader = Ipv6Header.nextHeader(header);
    int payloadLength = Ipv6Header.payloadLength(header);
    if (!isOversized(payloadLength, nextHeader)) {
      int length = Ipv6Header.LENGTH + payloadLength;
      if (length > wireBytes) {
        counters.increment(DaemonCounter.BAD_IP_TOTAL_LENGTH);
      } else {
        segment.bytes(length);
      }
    }
    int end = start + Math.min(available, segment.bytes());
    payload.decodeIpv6(buffer, start + Ipv6Header.LENGTH, end, nextHeader, segment);
    return DecodeResult.DECODED;
  }

  /**
   * A length that does not fit into 16 bits is sent as 0: in a jumbogram (RFC 2675), which has the
   * length in a hop-by-hop option, and in BIG TCP, which newer kernels send without that option.
   */
  private static boolean isOversized(int payloadLength, int nextHeader) {
    return payloadLength == 0
        && (nextHeader == Protocol.IPV6_HOP_BY_HOP || nextHeader == Protocol.TCP);
  }

  private DecodeResult malformed(DaemonCounter reason) {
    counters.increment(reason);
    return DecodeResult.MALFORMED;
  }
}
