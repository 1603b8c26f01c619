package io.github.pidflow.ownership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class MissQueueTest {
  private final AtomicInteger wakes = new AtomicInteger();
  private final DaemonCounters counters = new DaemonCounters();
  private final MissQueue queue = new MissQueue(3, counters, wakes::incrementAndGet);

  private static Miss miss(int port) {
    return new Miss(SocketKeys.bound(Protocol.UDP, "10.0.0.1", port), 2);
  }

  private List<Miss> drain(int limit) {
    List<Miss> misses = new ArrayList<>();
    queue.drainTo(misses, limit);
    return misses;
  }

  @Test
  void shouldCountWhatFindsNoRoom() {
    for (int port = 1; port <= 5; port++) {
      queue.offer(miss(port));
    }

    assertEquals(2, counters.value(DaemonCounter.MISS_QUEUE_OVERFLOWS));
    assertEquals(List.of(miss(1), miss(2), miss(3)), drain(100));
    queue.offer(miss(6));
    assertEquals(2, counters.value(DaemonCounter.MISS_QUEUE_OVERFLOWS));
  }

  @Test
  void shouldTakeNoMoreThanTheLimitAndKeepTheRest() {
    for (int port = 1; port <= 3; port++) {
      queue.offer(miss(port));
    }

    assertEquals(List.of(miss(1), miss(2)), drain(2));
    assertEquals(List.of(miss(3)), drain(2));
    assertEquals(List.of(), drain(2));
  }

  @Test
  void shouldWakeItsReaderAtEachMissItTakes() {
    assertTrue(queue.isEmpty());
    for (int port = 1; port <= 4; port++) {
      queue.offer(miss(port));
    }

    assertEquals(3, wakes.get());
    assertFalse(queue.isEmpty());
  }
}
