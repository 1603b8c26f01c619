package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FrameDecoderAllocationTest {
  private static final int FRAMES = 1_000_000;

  /** A hundredth of a byte a frame: what the JVM itself may do on this thread meanwhile. */
  private static final long TOLERATED_BYTES = FRAMES / 100;

  private final DaemonCounters counters = new DaemonCounters();
  private final CounterBatch batch = new CounterBatch(counters);
  private final FrameDecoder decoder = new FrameDecoder(batch);
  private final Segment segment = new Segment();

  @Test
  void shouldNotAllocate() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<Frame> frames = everyShape();
    decodeAll(frames);
    long thread = Thread.currentThread().getId();

    long before = threads.getThreadAllocatedBytes(thread);
    int decoded = decodeAll(frames);
    long allocated = threads.getThreadAllocatedBytes(thread) - before;

    assertTrue(allocated < TOLERATED_BYTES, allocated + " bytes");
    assertEquals(2L * decoded, counters.value(DaemonCounter.FRAMES));
    assertTrue(counters.value(DaemonCounter.ORPHAN_FRAGMENTS) > 0);
    assertTrue(counters.value(DaemonCounter.TRUNCATED_TRANSPORT) > 0);
  }

  private int decodeAll(List<Frame> frames) {
    int decoded = 0;
    while (decoded < FRAMES) {
      for (int i = 0; i < frames.size(); i++) {
        decoder.decode(frames.get(i), segment);
        decoded++;
      }
      batch.publish();
    }
    return decoded;
  }

  private static List<Frame> everyShape() {
    SampleFrames samples = new SampleFrames(new Random(1));
    List<Frame> frames = new ArrayList<>();
    for (int link = 0; link < SampleFrames.LINKS; link++) {
      for (int network = 0; network < SampleFrames.NETWORKS; network++) {
        for (int transport = 0; transport < SampleFrames.TRANSPORTS; transport++) {
          FrameBuilder builder = samples.of(link, network, transport);
          frames.add(direct(builder, builder.bytes().length));
          frames.add(direct(builder, frames.size() % builder.bytes().length));
        }
      }
    }
    return frames;
  }

  private static Frame direct(FrameBuilder builder, int capturedLength) {
    byte[] bytes = builder.bytes();
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes);
    return builder.describe(new Frame()).bytes(buffer, 0, capturedLength, bytes.length);
  }
}
