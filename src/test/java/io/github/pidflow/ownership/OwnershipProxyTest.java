package io.github.pidflow.ownership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.config.OwnershipSettings.Source;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class OwnershipProxyTest {
  private static final OwnershipSettings SETTINGS =
      new OwnershipSettings(
          Source.AUTO,
          Path.of("/proc"),
          false,
          true,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          1000,
          3);

  private final AtomicInteger wakes = new AtomicInteger();
  private final DaemonCounters counters = new DaemonCounters();
  private final CommandQueue missQueue = new CommandQueue(3, wakes::incrementAndGet);
  private final CommandQueue settingsQueue = new CommandQueue(1, wakes::incrementAndGet);
  private final List<Miss> misses = new ArrayList<>();
  private final List<OwnershipSettings> applied = new ArrayList<>();
  private final OwnershipProxy proxy =
      new OwnershipProxy(missQueue, settingsQueue, misses::add, applied::add, counters);

  private static Miss miss(int port) {
    return new Miss(SocketKey.bound(Protocol.UDP, 0, 1, port), 2);
  }

  private List<Miss> drain(int limit) {
    misses.clear();
    missQueue.drain(limit);
    return List.copyOf(misses);
  }

  @Test
  void shouldCountMissesThatFindNoRoom() {
    for (int port = 1; port <= 5; port++) {
      proxy.lookUp(miss(port));
    }

    assertEquals(2, counters.value(DaemonCounter.MISS_QUEUE_OVERFLOWS));
    assertEquals(List.of(miss(1), miss(2), miss(3)), drain(100));
    proxy.lookUp(miss(6));
    assertEquals(2, counters.value(DaemonCounter.MISS_QUEUE_OVERFLOWS));
  }

  @Test
  void shouldDrainNoMoreThanTheLimitAndKeepTheRest() {
    for (int port = 1; port <= 3; port++) {
      proxy.lookUp(miss(port));
    }

    assertEquals(List.of(miss(1), miss(2)), drain(2));
    assertEquals(List.of(miss(3)), drain(2));
    assertEquals(List.of(), drain(2));
  }

  @Test
  void shouldWakeTheAgentForEachMissThatFindsRoom() {
    assertTrue(missQueue.isEmpty());
    for (int port = 1; port <= 4; port++) {
      proxy.lookUp(miss(port));
    }

    assertEquals(3, wakes.get());
    assertFalse(missQueue.isEmpty());
  }

  @Test
  void shouldApplySettingsWhileTheMissesHaveNoRoom() {
    for (int port = 1; port <= 4; port++) {
      proxy.lookUp(miss(port));
    }

    proxy.apply(SETTINGS);

    settingsQueue.drain(1);
    assertEquals(List.of(SETTINGS), applied);
  }

  @Test
  void shouldRefuseSettingsThatTheAgentDoesNotDrain() {
    proxy.apply(SETTINGS);

    assertThrows(IllegalStateException.class, () -> proxy.apply(SETTINGS));
  }
}
