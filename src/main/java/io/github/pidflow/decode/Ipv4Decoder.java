package io.github.pidflow.decode;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import java.nio.ByteBuffer;

/** Decodes IPv4. Header fields that contradict each other or the frame are not trusted. */
final class Ipv4Decoder {
  private final CounterBatch counters;
  private final PayloadDecoder payload;

  Ipv4Decoder(CounterBatch counters, PayloadDecoder payload) {
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
    if (available < Ipv4Header.MIN_LENGTH) {
      boolean other = available > 0 && IpVersion.of(buffer, start) != Ipv4Header.VERSION;
      return malformed(other ? DaemonCounter.BAD_IP_VERSION : DaemonCounter.TRUNCATED_IP);
    }
    long header = Ipv4Header.start(buffer, start);
    if (Ipv4Header.version(header) != Ipv4Header.VERSION) {
      return malformed(DaemonCounter.BAD_IP_VERSION);
    }
    int protocol = Ipv4Header.protocol(buffer, start);
    segment.protocol(protocol);
    long addresses = Ipv4Header.addresses(buffer, start);
    segment.addresses(
        0, IpAddress.mapped((int) (addresses >>> 32)), 0, IpAddress.mapped((int) addresses));

    int headerLength = Ipv4Header.length(header);
    if (headerLength < Ipv4Header.MIN_LENGTH) {
      return malformed(DaemonCounter.BAD_IP_HEADER_LENGTH);
    }
    if (available < headerLength) {
      return malformed(DaemonCounter.TRUNCATED_IP);
    }
    int totalLength = Ipv4Header.totalLength(header);
    // 0 if it does not fit into 16 bits (TSO, BIG TCP): then the packet fills the frame.
    if (totalLength != 0) {
      if (totalLength < headerLength) {
        return malformed(DaemonCounter.BAD_IP_TOTAL_LENGTH);
      }
      if (totalLength > wireBytes) {
        counters.increment(DaemonCounter.BAD_IP_TOTAL_LENGTH);
      } else {
        segment.bytes(totalLength);
      }
    }
    int end = start + Math.min(available, segment.bytes());
    decodePayload(buffer, header, start + headerLength, end, protocol, segment);
    return DecodeResult.DECODED;
  }

  private void decodePayload(
      ByteBuffer buffer, long header, int offset, int end, int protocol, Segment segment) {
    if (Ipv4Header.isLaterFragment(header)) {
      payload.decodeLaterIpv4(protocol, Ipv4Header.identification(header), segment);
    } else if (Ipv4Header.hasMoreFragments(header)) {
      int identification = Ipv4Header.identification(header);
      payload.decodeFirstIpv4(buffer, offset, end, protocol, identification, segment);
    } else {
      payload.decodeIpv4(buffer, offset, end, protocol, segment);
    }
  }

  private DecodeResult malformed(DaemonCounter reason) {
    counters.increment(reason);
    return DecodeResult.MALFORMED;
  }
}
