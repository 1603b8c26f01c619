package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.runtime.DaemonCounter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every shape of frame, cut and corrupted, against {@link ReferenceDecoder}. */
@Timeout(120)
class FrameDecoderTest {
  private static final long SEED = 20_261_121;
  private static final int FUZZ_FRAMES = 200_000;
  private static final long FRAME_INTERVAL_NANOS = 10_000_000;
  private static final int OFFSET = 3;
  private static final int ROOM_BEHIND = 32;

  /** What stands behind the captured bytes; 0x45 and 0x60 look like headers, 0 like ports. */
  private static final int[] POISONS = {0x00, 0x45, 0x60, 0x81, 0xff};

  private static final Set<DaemonCounter> REACHABLE =
      EnumSet.of(
          DaemonCounter.FRAMES,
          DaemonCounter.FRAMES_NOT_IP,
          DaemonCounter.TRUNCATED_LINK,
          DaemonCounter.TRUNCATED_IP,
          DaemonCounter.TRUNCATED_TRANSPORT,
          DaemonCounter.BAD_IP_VERSION,
          DaemonCounter.BAD_IP_HEADER_LENGTH,
          DaemonCounter.BAD_IP_TOTAL_LENGTH,
          DaemonCounter.ORPHAN_FRAGMENTS,
          DaemonCounter.EXTENSION_HEADERS_TOO_MANY);

  private final Bench bench = new Bench();
  private final ReferenceDecoder reference = new ReferenceDecoder();

  @Test
  void shouldNeverReadBehindTheCapturedLength() {
    sweep(ByteBuffer::allocateDirect, ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void shouldReadHeapBuffersAlike() {
    sweep(ByteBuffer::allocate, ByteOrder.BIG_ENDIAN);
  }

  private void sweep(IntFunction<ByteBuffer> allocate, ByteOrder order) {
    SampleFrames samples = new SampleFrames(new Random(SEED));
    for (int link = 0; link < SampleFrames.LINKS; link++) {
      for (int network = 0; network < SampleFrames.NETWORKS; network++) {
        int transport = (link + network) % SampleFrames.TRANSPORTS;
        sweep(samples.of(link, network, transport), allocate, order);
      }
    }
  }

  /** Cuts one frame at every length, with every poison behind it, and last with nothing behind. */
  private void sweep(FrameBuilder builder, IntFunction<ByteBuffer> allocate, ByteOrder order) {
    byte[] bytes = builder.bytes();
    ByteBuffer buffer = allocate.apply(OFFSET + bytes.length + ROOM_BEHIND).order(order);
    Frame frame = builder.describe(new Frame());
    for (int captured = 0; captured <= bytes.length; captured++) {
      frame.bytes(buffer, OFFSET, captured, bytes.length);
      buffer.clear();
      buffer.put(OFFSET, bytes, 0, captured);
      for (int poison : POISONS) {
        for (int i = OFFSET + captured; i < buffer.capacity(); i++) {
          buffer.put(i, (byte) poison);
        }
        assertEquals(reference.decode(frame), bench.decode(frame));
      }
      buffer.limit(OFFSET + captured);
      assertEquals(reference.decode(frame), bench.decode(frame));
    }
    assertEquals(reference.counts(), bench.counts());
  }

  @Test
  void shouldAgreeWithTheReferenceOnCorruptFrames() {
    Random random = new Random(SEED);
    SampleFrames samples = new SampleFrames(random);
    ByteBuffer buffer = ByteBuffer.allocateDirect(1024).order(ByteOrder.nativeOrder());
    Frame frame = new Frame();
    for (int i = 0; i < FUZZ_FRAMES; i++) {
      FrameBuilder builder = samples.any().at(i * FRAME_INTERVAL_NANOS);
      byte[] bytes = builder.bytes();
      corrupt(bytes, random);
      buffer.put(OFFSET, bytes);
      int captured = random.nextInt(3) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
      int wire = random.nextInt(5) == 0 ? random.nextInt(100_000) : bytes.length;
      builder.describe(frame).bytes(buffer, OFFSET, captured, wire);

      Decoded expected = reference.decode(frame);
      Decoded actual = bench.decode(frame);
      if (!expected.equals(actual)) {
        assertEquals(expected, actual, "frame " + i + " of seed " + SEED);
      }
    }
    Map<DaemonCounter, Long> counts = bench.counts();
    // Which packets share a bucket depends on the keys of this start.
    counts.remove(DaemonCounter.FRAGMENTS_FORGOTTEN);
    assertEquals(reference.counts(), counts);
    assertEquals(REACHABLE, counts.keySet());
  }

  private static void corrupt(byte[] bytes, Random random) {
    int corruptions = random.nextInt(20) == 0 ? bytes.length : random.nextInt(3);
    for (int i = 0; i < corruptions; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
  }
}
