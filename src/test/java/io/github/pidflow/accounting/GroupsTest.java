package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GroupsTest {
  private final DaemonCounters counters = new DaemonCounters();
  private final Groups groups = new Groups(Samples.settings(1, 1, 2), counters);

  @Test
  void shouldShareOneGroupBeyondTheLimitAndKeepExistingGroups() {
    Counters a = groups.of(Samples.process(1, 1, "a"));
    Counters b = groups.of(Samples.process(2, 1, "b"));
    Counters c = groups.of(Samples.process(3, 1, "c"));

    assertNotSame(a, b);
    assertSame(a, groups.of(Samples.process(4, 1, "a")));
    assertSame(c, groups.of(Samples.process(5, 1, "d")));
    assertSame(b, groups.of(Samples.process(6, 1, "b")));
    assertEquals(2, counters.value(DaemonCounter.GROUPS_REFUSED));
  }

  @Test
  void shouldListEachGroupOnceInOrder() {
    groups.of(Samples.process(2, 1, "b")).add(Direction.RX, 7, 1);
    groups.of(Samples.process(1, 1, "a")).add(Direction.TX, 5, 2);
    groups.of(Samples.process(1, 1, "c")).add(Direction.TX, 3, 1);

    assertEquals(
        List.of(
            new GroupTraffic("(other)", new Traffic(0, 0, 3, 1)),
            new GroupTraffic("a", new Traffic(0, 0, 5, 2)),
            new GroupTraffic("b", new Traffic(7, 1, 0, 0))),
        groups.snapshot());
  }
}
