package io.github.pidflow.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingFragmentsTest {
  private final WaitingFragments fragments = new WaitingFragments();
  private final List<Long> displaced = new ArrayList<>();

  @Test
  void shouldGiveTheSumThePortsOfTheFirst() {
    add(later(1, Direction.RX, 1500), 0);
    add(later(1, Direction.RX, 68), 1);
    add(later(2, Direction.RX, 7), 1);
    assertEquals(2, fragments.count());
    assertEquals(1575, fragments.bytes());

    Segment sum = fragments.take(first(1, Direction.RX));

    assertNotNull(sum);
    assertEquals(1568, sum.countedBytes());
    assertEquals(2, sum.packets());
    assertEquals(53, sum.destinationPort());
    assertEquals(4000, sum.sourcePort());
    assertEquals(Protocol.UDP, sum.protocol());
    assertFalse(sum.orphanFragment());
    assertEquals(7, fragments.bytes());
    assertNull(fragments.take(first(1, Direction.RX)));
  }

  @Test
  void shouldTellDirectionsApart() {
    add(later(1, Direction.TX, 100), 0);

    assertNull(fragments.take(first(1, Direction.RX)));
    assertNotNull(fragments.take(first(1, Direction.TX)));
  }

  @Test
  void shouldExpire() {
    add(later(1, Direction.RX, 100), 5);
    List<Long> expired = new ArrayList<>();

    fragments.expire(
        5 + WaitingFragments.WAIT_NANOS - 1, segment -> expired.add(segment.countedBytes()));
    assertEquals(List.of(), expired);
    fragments.expire(
        5 + WaitingFragments.WAIT_NANOS, segment -> expired.add(segment.countedBytes()));

    assertEquals(List.of(100L), expired);
    assertEquals(0, fragments.count());
    assertEquals(0, fragments.bytes());
  }

  @Test
  void shouldLetTheOldestGiveWayAndLoseNothing() {
    int packets = 10_000;
    for (int i = 1; i <= packets; i++) {
      add(later(i, Direction.RX, 10), i);
    }

    assertEquals(packets * 10L, fragments.bytes() + displaced.stream().mapToLong(n -> n).sum());
    assertNotNull(fragments.take(first(packets, Direction.RX)));
    fragments.removeAll(segment -> displaced.add(segment.countedBytes()));
    assertEquals(packets * 10L - 10, displaced.stream().mapToLong(n -> n).sum());
    assertEquals(0, fragments.bytes());
  }

  private void add(Segment fragment, long nowNanos) {
    fragments.add(fragment, nowNanos, segment -> displaced.add(segment.countedBytes()));
  }

  private static Segment later(int key, Direction direction, int bytes) {
    Segment segment = fragment(key, direction);
    segment.orphanFragment(true);
    segment.bytes(bytes);
    return segment;
  }

  private static Segment first(int key, Direction direction) {
    Segment segment = fragment(key, direction);
    segment.ports(4000, 53);
    return segment;
  }

  private static Segment fragment(int key, Direction direction) {
    Segment segment = new Segment();
    segment.reset(1, PacketType.HOST, 0, 0);
    segment.protocol(Protocol.UDP);
    segment.addresses(0, 1, 0, 2);
    segment.fragmentKey(key);
    segment.direction(direction);
    return segment;
  }
}
