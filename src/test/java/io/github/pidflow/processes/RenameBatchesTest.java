package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RenameBatchesTest {
  private static final long MILLI = 1_000_000;
  private static final int LOOPING = 7;

  private final RenameBatches batches = new RenameBatches(0);

  @Test
  void shouldLetAProcessRestThatRenamesItselfInALoop() {
    int identified = 0;
    for (int millis = 0; millis < 60_000; millis += 10) {
      batches.add(LOOPING);
      identified += batches.poll(millis * MILLI).size();
    }
    assertTrue(identified >= 12, "every five seconds at least, not " + identified);
    assertTrue(identified <= 20, identified + " times in a minute");
  }

  @Test
  void shouldNotLetOthersWaitForIt() {
    for (int millis = 0; millis < 10_000; millis += 10) {
      batches.add(LOOPING);
      batches.poll(millis * MILLI);
    }
    batches.add(LOOPING);
    batches.add(8);
    assertEquals(List.of(8), batches.poll(10_100 * MILLI));
    assertFalse(batches.isEmpty(), "its last name is still to be read");
    assertEquals(List.of(LOOPING), batches.poll(20_000 * MILLI));
  }

  @Test
  void shouldReadANameThatChangesNowAndThenAtOnce() {
    for (int second = 0; second < 10; second++) {
      batches.add(1);
      assertEquals(List.of(1), batches.poll(second * 1000L * MILLI));
    }
  }

  @Test
  void shouldIdentifyDoubtfulProcessesInBoundedBatches() {
    List<Integer> owners = IntStream.range(0, 1000).boxed().toList();
    batches.addDoubtful(owners);
    int identified = 0;
    for (int batch = 0; batch < 4; batch++) {
      assertTrue(batches.hasDoubtful());
      List<Integer> pids = batches.poll(batch * 100L * MILLI);
      assertTrue(pids.size() <= RenameBatches.MAX_BATCH);
      identified += pids.size();
    }
    assertEquals(1000, identified);
    assertFalse(batches.hasDoubtful());
  }

  @Test
  void shouldSpendATenthOfTheTimeAtMost() {
    batches.add(1);
    assertEquals(List.of(1), batches.poll(0));
    batches.spend(50 * MILLI, 50 * MILLI);
    batches.add(2);
    assertEquals(List.of(), batches.poll(499 * MILLI));
    assertEquals(List.of(2), batches.poll(500 * MILLI));
  }
}
