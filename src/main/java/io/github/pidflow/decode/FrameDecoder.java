package io.github.pidflow.decode;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;

/**
 * Turns a frame into a segment: where it was seen, who sent it to whom, and how many IP bytes it
 * carried. Nothing on the way allocates, throws for what a packet says, or reads behind the
 * captured length; what cannot be believed is counted under its reason.
 *
 * <p>It remembers first fragments, so every frame of one capture goes through the same decoder, and
 * only one thread may use it.
 */
public final class FrameDecoder {
  private final CounterBatch counters;
  private final LinkLayer link = new LinkLayer();
  private final Ipv4Decoder ipv4;
  private final Ipv6Decoder ipv6;

  public FrameDecoder(CounterBatch counters) {
    this.counters = counters;
    PayloadDecoder payload = new PayloadDecoder(counters);
    ipv4 = new Ipv4Decoder(counters, payload);
    ipv6 = new Ipv6Decoder(counters, payload);
  }

  /**
   * Overwrites the whole segment. Its direction means nothing yet: a frame alone cannot say it.
   *
   * <p>Each frame counts as {@link DaemonCounter#FRAMES}, and one that is not IP once more: as
   * {@link DaemonCounter#TRUNCATED_LINK} if it ended before it could tell, else as {@link
   * DaemonCounter#FRAMES_NOT_IP}.
   */
  public DecodeResult decode(Frame frame, Segment segment) {
    counters.increment(DaemonCounter.FRAMES);
    boolean whole = link.read(frame);
    segment.reset(link.interfaceIndex(), link.packetType(), link.vlanId(), frame.timestampNanos());
    segment.namespace(frame.namespace());
    segment.weight(frame.weight());
    if (!whole) {
      counters.increment(DaemonCounter.TRUNCATED_LINK);
      return DecodeResult.NOT_IP;
    }
    int start = link.networkOffset();
    int linkLength = start - frame.offset();
    int available = frame.capturedLength() - linkLength;
    // A capture file may claim any wire length, even a negative one; what was captured was there.
    int wireBytes = Math.max(frame.wireLength(), frame.capturedLength()) - linkLength;
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
