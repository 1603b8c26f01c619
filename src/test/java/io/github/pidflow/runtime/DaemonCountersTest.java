package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DaemonCountersTest {
  @Test
  void shouldCountEachForItself() {
    DaemonCounters counters = new DaemonCounters();
    for (DaemonCounter counter : DaemonCounter.values()) {
      counters.add(counter, 1000L * counter.ordinal());
      counters.increment(counter);
    }

    for (DaemonCounter counter : DaemonCounter.values()) {
      assertEquals(1000L * counter.ordinal() + 1, counters.value(counter), counter.name());
    }
  }

  @Test
  void shouldGiveEachAMetricNameOfItsOwnAndAHelp() {
    Set<String> names = new HashSet<>();
    for (DaemonCounter counter : DaemonCounter.values()) {
      assertTrue(names.add(counter.metric()), counter.metric());
      assertTrue(counter.metric().matches("[a-z][a-z_]*[a-z]"), counter.metric());
      assertFalse(counter.metric().endsWith("_total"), counter.metric());
      assertTrue(counter.help().endsWith("."), counter.help());
    }
  }
}
