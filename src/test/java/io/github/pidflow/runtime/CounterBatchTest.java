package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class CounterBatchTest {
  private final DaemonCounters counters = new DaemonCounters();
  private final CounterBatch batch = new CounterBatch(counters);

  @Test
  void shouldShowNothingBeforeTheBatchEnds() {
    batch.increment(DaemonCounter.FRAMES);
    assertEquals(0, counters.value(DaemonCounter.FRAMES));
  }

  @Test
  void shouldHandOverEachCountOnceAndBesideThoseOfOthers() {
    counters.add(DaemonCounter.FRAMES, 100);
    batch.increment(DaemonCounter.FRAMES);
    batch.add(DaemonCounter.DUPLICATE_BYTES, 40);
    batch.publish();
    batch.publish();
    assertEquals(101, counters.value(DaemonCounter.FRAMES));
    assertEquals(40, counters.value(DaemonCounter.DUPLICATE_BYTES));

    batch.increment(DaemonCounter.FRAMES);
    batch.publish();
    assertEquals(102, counters.value(DaemonCounter.FRAMES));
  }
}
