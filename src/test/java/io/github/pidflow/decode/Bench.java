package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.EnumMap;
import java.util.Map;

/** A decoder with its counters, and assertions on what it made of the frame before. */
final class Bench {
  private final DaemonCounters counters = new DaemonCounters();
  private final CounterBatch batch = new CounterBatch(counters);
  private final FrameDecoder decoder = new FrameDecoder(batch);
  private final Segment segment = new Segment();

  Decoded decode(FrameBuilder builder) {
    return decode(builder.frame());
  }

  Decoded decode(Frame frame) {
    return Decoded.of(decoder.decode(frame, segment), segment);
  }

  /** Decodes a frame of which only the first bytes were captured. */
  Decoded decodeCut(FrameBuilder builder, int capturedLength) {
    Frame frame = builder.frame();
    return decode(frame.bytes(frame.buffer(), 0, capturedLength, frame.wireLength()));
  }

  /** The counters that are not 0. */
  Map<DaemonCounter, Long> counts() {
    batch.publish();
    Map<DaemonCounter, Long> counts = new EnumMap<>(DaemonCounter.class);
    for (DaemonCounter counter : DaemonCounter.values()) {
      if (counters.value(counter) != 0) {
        counts.put(counter, counters.value(counter));
      }
    }
    return counts;
  }

  /** Asserts that, beside the frames, exactly this was counted. */
  void assertCounted(DaemonCounter... expected) {
    Map<DaemonCounter, Long> counts = new EnumMap<>(DaemonCounter.class);
    for (DaemonCounter counter : expected) {
      counts.merge(counter, 1L, Long::sum);
    }
    Map<DaemonCounter, Long> actual = counts();
    actual.remove(DaemonCounter.FRAMES);
    assertEquals(counts, actual);
  }
}
