package io.github.pidflow.attribution;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;

/**
 * Receives the verdict on every segment, exactly once. A segment is one packet seen from one of its
 * ends, or the sum of the packets of a flow and direction that were parked together; it is valid
 * only during the call.
 */
public interface AttributionSink {
  void attributed(Segment segment, ProcessInfo process, long nowNanos);

  void unattributed(Segment segment, UnattributedReason reason);

  void forwarded(Segment segment);

  /** Announces that the verdict on a packet is pending. It comes with the sum of its flow. */
  default void parked(Segment segment) {}

  /** Announces that a fragment waits for the first one of its packet. Its sum gets the verdict. */
  default void held(Segment fragment) {}

  /** Passes every verdict on to two sinks. */
  static AttributionSink both(AttributionSink first, AttributionSink second) {
    return new AttributionSink() {
      @Override
      public void attributed(Segment segment, ProcessInfo process, long nowNanos) {
        first.attributed(segment, process, nowNanos);
        second.attributed(segment, process, nowNanos);
      }

      @Override
      public void unattributed(Segment segment, UnattributedReason reason) {
        first.unattributed(segment, reason);
        second.unattributed(segment, reason);
      }

      @Override
      public void forwarded(Segment segment) {
        first.forwarded(segment);
        second.forwarded(segment);
      }

      @Override
      public void parked(Segment segment) {
        first.parked(segment);
        second.parked(segment);
      }

      @Override
      public void held(Segment fragment) {
        first.held(fragment);
        second.held(fragment);
      }
    };
  }
}
