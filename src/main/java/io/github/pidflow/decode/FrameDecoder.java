package io.github.pidflow.decode;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.PacketClock;

/**
 * Decodes a frame into a segment: place of capture, addresses, ports and IP length. Whatever a
 * packet contains, decoding does not allocate, throw, or read beyond the captured length; malformed
 * packets are counted by reason.
 *
 * <p>The decoder remembers first fragments, so all frames of a capture must go through the same
 * one. For one thread.
 */
public final class FrameDecoder {
  private final PacketClock clock;
  private final CounterBatch counters;
  private final LinkLayer link = new LinkLayer();
  private final Ipv4Decoder ipv4;
  private final Ipv6Decoder ipv6;

  public FrameDecoder(CounterBatch counters) {
    this(counters, new PacketClock());
  }

  /**
   * @param clock converts the time stamps of frames
   */
  public FrameDecoder(CounterBatch counters, PacketClock clock) {
    this.clock = clock;
    this.counters = counters;
    PayloadDecoder payload = new PayloadDecoder(counters);
    ipv4 = new Ipv4Decoder(counters, payload);
    ipv6 = new Ipv6Decoder(counters, payload);
  }

  /**
   * Overwrites the whole segment, except that its direction is not known yet.
   *
   * <p>Each frame is counted as {@link DaemonCounter#FRAMES}. A frame that is not IP is also
   * counted as {@link DaemonCounter#TRUNCATED_LINK} if it ends within its link header, otherwise as
   * {@link DaemonCounter#FRAMES_NOT_IP}.
   */
  public DecodeResult decode(Frame frame, Segment segment) {
    counters.increment(DaemonCounter.FRAMES);
    boolean whole = link.read(frame);
    segment.reset(
        link.interfaceIndex(),
        link.packetType(),
        link.vlanId(),
        clock.steady(frame.timestampNanos()));
    segment.namespace(frame.namespace());
    segment.weight(frame.weight());
    if (!whole) {
      counters.increment(DaemonCounter.TRUNCATED_LINK);
      return DecodeResult.NOT_IP;
    }
    int start = link.networkOffset();
    int linkLength = start - frame.offset();
    int available = frame.capturedLength() - linkLength;
    // A capture file may claim any wire length, even a negative one.
    int wireBytes = Math.max(frame.wireLength(), frame.capturedLength()) - linkLength;
    if (link.isCooked() && available > 0) {
      ContentHash.set(frame.buffer(), start, available, segment);
    }
    return switch (link.etherType()) {
      case EtherType.IPV4 -> ipv4.decode(frame.buffer(), start, available, wireBytes, segment);
      case EtherType.IPV6 -> ipv6.decode(frame.buffer(), start, available, wireBytes, segment);
      default -> {
        counters.increment(DaemonCounter.FRAMES_NOT_IP);
        yield DecodeResult.NOT_IP;
      }
    };
  }
}
