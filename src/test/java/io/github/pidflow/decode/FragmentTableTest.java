package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class FragmentTableTest {
  private static final long START = 1_000_000_000_000L;

  private final FragmentTable table = new FragmentTable();

  private static Segment segment(long nanos) {
    Segment segment = new Segment();
    segment.reset(1, PacketType.HOST, 0, nanos);
    segment.addresses(1, 2, 3, 4);
    return segment;
  }

  private boolean remember(int id, int port, long nanos) {
    Segment first = segment(nanos);
    first.protocol(17);
    first.ports(port & 0xffff, 65535);
    return table.remember(first, 17, id);
  }

  private boolean recalls(int id, int port, long nanos) {
    Segment later = segment(nanos);
    if (!table.recall(later, 17, id)) {
      assertFalse(later.portsKnown());
      return false;
    }
    assertEquals(17, later.protocol());
    assertEquals(port & 0xffff, later.sourcePort());
    assertEquals(65535, later.destinationPort());
    return true;
  }

  @Test
  void shouldBeEmptyAtFirst() {
    assertFalse(recalls(0, 0, 0));
  }

  @Test
  void shouldKeepTheNewestOfTheSameKey() {
    remember(7, 1, START);
    remember(7, 2, START + 1);

    assertTrue(recalls(7, 2, START + 2));
  }

  @Test
  void shouldTakeNegativeIdentifications() {
    remember(-1, 1, START);
    remember(Integer.MIN_VALUE, 2, START);

    assertTrue(recalls(-1, 1, START));
    assertTrue(recalls(Integer.MIN_VALUE, 2, START));
  }

  @Test
  void shouldLiveForThirtySecondsEitherWay() {
    remember(7, 1, START);

    assertTrue(recalls(7, 1, START + FragmentTable.MAX_AGE_NANOS));
    assertTrue(recalls(7, 1, START - FragmentTable.MAX_AGE_NANOS));
    assertFalse(recalls(7, 1, START + FragmentTable.MAX_AGE_NANOS + 1));
    assertFalse(recalls(7, 1, START - FragmentTable.MAX_AGE_NANOS - 1));
  }

  @Test
  void shouldHoldTheNewestOfAFlood() {
    int flood = 20 * FragmentTable.CAPACITY;
    for (int id = 0; id < flood; id++) {
      remember(id, id, START + id);
    }

    int held = 0;
    for (int id = 0; id < flood; id++) {
      held += recalls(id, id, START + flood) ? 1 : 0;
    }
    assertEquals(FragmentTable.CAPACITY, held);
    int newest = 0;
    for (int id = flood - FragmentTable.CAPACITY / 2; id < flood; id++) {
      newest += recalls(id, id, START + flood) ? 1 : 0;
    }
    // A few buckets of four get more than four of these 2 per bucket.
    assertTrue(newest > FragmentTable.CAPACITY / 2 * 0.9, newest + " of the newest half");
  }

  @Test
  void shouldSpreadOverTheBuckets() {
    int count = FragmentTable.CAPACITY / 4;
    for (int id = 0; id < count; id++) {
      remember(id, id, START);
    }

    int held = 0;
    for (int id = 0; id < count; id++) {
      held += recalls(id, id, START) ? 1 : 0;
    }
    assertTrue(held > count * 97 / 100, held + " of " + count);
  }

  @Test
  void shouldReplaceTheDeadBeforeTheLiving() {
    long wrongClock = START + 100 * FragmentTable.MAX_AGE_NANOS;
    for (int id = 0; id < 20 * FragmentTable.CAPACITY; id++) {
      remember(id, id, wrongClock);
    }

    int count = FragmentTable.CAPACITY / 4;
    int held = 0;
    for (int id = 0; id < count; id++) {
      remember(-id, id, START + id);
    }
    for (int id = 0; id < count; id++) {
      held += recalls(-id, id, START + count) ? 1 : 0;
    }
    assertTrue(held > count * 97 / 100, held + " of " + count);
  }

  @Test
  void shouldSayWhenItForgetsOneForAnother() {
    int forgotten = 0;
    for (int id = 0; id < 1_000_000; id++) {
      forgotten += remember(id, id, START) ? 1 : 0;
    }
    assertTrue(forgotten >= 1_000_000 - FragmentTable.CAPACITY, forgotten + " forgotten");
    int recalled = 0;
    for (int id = 0; id < 1_000_000; id++) {
      recalled += recalls(id, id, START) ? 1 : 0;
    }
    assertEquals(1_000_000 - forgotten, recalled);
  }
}
