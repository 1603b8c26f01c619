package io.github.pidflow.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.DaemonDistribution;
import io.github.pidflow.runtime.DaemonDistributions;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(10)
class RingHealthTest {
  private static final int SIZE = 4096;
  private static final int ETHER = 1;
  private static final int IPV4 = 0x0800;
  private static final byte[] FRAME = Packets.ethernet(Packets.udp(1, 2));

  private final DaemonDistributions measured = new DaemonDistributions();

  @ParameterizedTest
  @CsvSource({
    "16, 0, 1, 0.0625", // the one that is read now
    "16, 0, 2, 0.125",
    "16, 0, 3, 0.125",
    "16, 0, 8, 0.5",
    "16, 12, 8, 0.5", // over the end of the ring
    "16, 3, 16, 1",
    "2, 1, 1, 0.5",
    "2, 1, 2, 1",
    "5, 4, 3, 0.5",
  })
  void shouldTellHowMuchOfTheRingWaits(int blocks, int first, int waiting, double fill) {
    ByteBuffer ring = ByteBuffer.allocateDirect(blocks * SIZE);
    for (int i = 0; i < waiting; i++) {
      fill(ring, (first + i) % blocks, 1);
    }
    measure(ring, blocks, first, 0);
    assertEquals(fill, measured.sum(DaemonDistribution.CAPTURE_RING_FILL));
  }

  @Test
  void shouldTellHowOldTheOldestPacketIsAndHowManyThereAre() {
    ByteBuffer ring = ByteBuffer.allocateDirect(2 * SIZE);
    fill(ring, 0, 3);
    measure(ring, 2, 0, 100_040);
    assertEquals(0.04, measured.sum(DaemonDistribution.CAPTURE_LAG), 1e-9);
    assertEquals(3, measured.sum(DaemonDistribution.CAPTURE_BLOCK_PACKETS));
  }

  @Test
  void shouldTakeAPacketOfTheFutureForANewOne() {
    ByteBuffer ring = ByteBuffer.allocateDirect(2 * SIZE);
    fill(ring, 0, 1);
    measure(ring, 2, 0, 5);
    assertEquals(0, measured.sum(DaemonDistribution.CAPTURE_LAG));
  }

  /** Packets of the seconds 100, 101 and so on. */
  private static void fill(ByteBuffer ring, int index, int packets) {
    BlockBuilder builder = new BlockBuilder(ring, index * SIZE);
    for (int i = 0; i < packets; i++) {
      builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4).seen(1, 0, 100 + i, 0);
    }
    builder.handOver();
  }

  private void measure(ByteBuffer ring, int blocks, int index, long nowMillis) {
    TpacketBlock block = new TpacketBlock(ring, SIZE);
    assertTrue(block.open(index * SIZE));
    new RingHealth(measured, SIZE, blocks).measure(block, index, nowMillis);
  }
}
