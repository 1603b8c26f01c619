package io.github.pidflow.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Blocks come out complete and in order; blocks that do not fit are refused. */
@Timeout(60)
class BlockRingTest {
  private static final int CAPACITY = 4096;
  private static final int BLOCKS = 40_000;
  private static final int HEADER = 12;

  @Test
  void shouldDeliverEveryBlockCompleteAndInOrder() throws Exception {
    BlockRing ring = new BlockRing(CAPACITY);
    CompletableFuture<Void> putting = CompletableFuture.runAsync(() -> put(ring));

    int expected = 0;
    while (expected < BLOCKS) {
      ByteBuffer blocks = ring.take();
      int start = blocks.position();
      int end = blocks.limit();
      for (int at = start; at < end; expected++) {
        assertEquals(6, blocks.getInt(at));
        int length = blocks.getInt(at + 4);
        assertEquals(expected, blocks.getInt(at + 8));
        for (int i = at + HEADER; i < at + length; i++) {
          assertEquals((byte) expected, blocks.get(i));
        }
        at += length;
      }
      ring.release(end - start);
    }
    putting.get();
    assertTrue(!ring.take().hasRemaining());
  }

  private static void put(BlockRing ring) {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < BLOCKS; i++) {
      int length = HEADER + 4 * random.nextInt(300);
      // Reserves the maximum, as for a comment whose padding is not known yet.
      ByteBuffer at = ring.reserve(length + 4 * random.nextInt(5));
      while (at == null) {
        Thread.onSpinWait();
        at = ring.reserve(length);
      }
      at.putInt(6).putInt(length).putInt(i);
      for (int j = HEADER; j < length; j++) {
        at.put((byte) i);
      }
      ring.commit();
    }
  }

  @Test
  void shouldRefuseBlocksWhenFull() {
    BlockRing ring = new BlockRing(CAPACITY);
    int fitting = 0;
    while (putOne(ring, 1000)) {
      fitting++;
    }
    assertEquals(4, fitting);
    assertNull(ring.reserve(CAPACITY + 4));

    int taken = ring.take().remaining();
    assertEquals(4000, taken);
    ring.release(taken);
    assertTrue(putOne(ring, 1000));
  }

  private static boolean putOne(BlockRing ring, int length) {
    ByteBuffer at = ring.reserve(length);
    if (at == null) {
      return false;
    }
    at.putInt(6).putInt(length).position(at.position() + length - 8);
    ring.commit();
    return true;
  }
}
