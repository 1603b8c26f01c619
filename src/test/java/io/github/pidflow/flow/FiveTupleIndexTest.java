package io.github.pidflow.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In threads of their own: a broken walk may never end, and an interrupt would not end it. */
@Timeout(value = 10, threadMode = ThreadMode.SEPARATE_THREAD)
class FiveTupleIndexTest {
  private static final int STEPS = 40_000;

  /** Extremes of every field, so that tuples differ in one bit or one field only. */
  private static SocketKey randomKey(Random random) {
    long[] halves = {0, 1, -1, Long.MIN_VALUE, IpAddress.mapped(0), IpAddress.mapped(-1)};
    int[] ports = {0, 1, 0x7fff, 0x8000, 0xffff};
    int[] protocols = {0, Protocol.TCP, Protocol.UDP, 255};
    return new SocketKey(
        random.nextInt(3) * 0x40_0000,
        protocols[random.nextInt(protocols.length)],
        halves[random.nextInt(halves.length)],
        halves[random.nextInt(halves.length)],
        ports[random.nextInt(ports.length)],
        halves[random.nextInt(halves.length)],
        halves[random.nextInt(halves.length)],
        ports[random.nextInt(ports.length)]);
  }

  private static Segment segment(SocketKey key) {
    return segment(key, 0);
  }

  private static Segment segment(SocketKey key, int interfaceIndex) {
    Segment segment = new Segment();
    segment.reset(interfaceIndex, PacketType.OUTGOING, 0, 0);
    segment.namespace(key.namespace());
    segment.protocol(key.protocol());
    segment.addresses(key.localHigh(), key.localLow(), key.remoteHigh(), key.remoteLow());
    segment.ports(key.localPort(), key.remotePort());
    segment.direction(Direction.TX);
    return segment;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 7, 64, 1000})
  void shouldAnswerAsAHashMapWould(int capacity) {
    Random random = new Random(20_261_121 + capacity);
    List<SocketKey> pool = new ArrayList<>();
    for (int i = 0; i < 2 * capacity + 5; i++) {
      pool.add(randomKey(random));
    }
    FiveTupleIndex index = new FiveTupleIndex(capacity);
    Map<SocketKey, Integer> model = new HashMap<>();
    int refused = 0;

    for (int step = 0; step < STEPS; step++) {
      SocketKey key = pool.get(random.nextInt(pool.size()));
      Integer known = model.get(key);
      // Grows and shrinks in turn, so that it is full and nearly empty many times.
      boolean adding = random.nextInt(10) < (step / 5000 % 2 == 0 ? 8 : 2);
      if (adding) {
        int id = index.add(key);
        if (known != null) {
          assertEquals(known, id, "added twice");
        } else if (model.size() == capacity) {
          assertEquals(FiveTupleIndex.NONE, id, "added to a full index");
          refused++;
        } else {
          assertTrue(id >= 0 && id < capacity, () -> "id " + id);
          assertTrue(!model.containsValue(id), () -> "id " + id + " is in use");
          model.put(key, id);
        }
      } else if (known != null) {
        index.remove(known);
        model.remove(key);
      }
      assertEquals(model.size(), index.size());
      SocketKey any = pool.get(random.nextInt(pool.size()));
      assertEquals(model.getOrDefault(any, FiveTupleIndex.NONE), index.find(segment(any)));
      assertEquals(model.getOrDefault(any, FiveTupleIndex.NONE), index.find(any));
      if (step % 1000 == 0) {
        model.forEach(
            (each, id) -> {
              assertEquals(id, index.find(each));
              assertEquals(each, index.key(id));
            });
      }
    }
    assertTrue(refused > 0, "it was never full");
  }

  @Test
  void shouldTellTuplesApartThatDifferInOneField() {
    SocketKey[] keys = {
      new SocketKey(6, 1, 2, 3, 4, 5, 6),
      new SocketKey(7, 1, 2, 3, 4, 5, 6),
      new SocketKey(6, 9, 2, 3, 4, 5, 6),
      new SocketKey(6, 1, 9, 3, 4, 5, 6),
      new SocketKey(6, 1, 2, 9, 4, 5, 6),
      new SocketKey(6, 1, 2, 3, 9, 5, 6),
      new SocketKey(6, 1, 2, 3, 4, 9, 6),
      new SocketKey(6, 1, 2, 3, 4, 5, 9),
      new SocketKey(6, 1, 2, 3, 4, 5, 6).on(9),
    };
    FiveTupleIndex index = new FiveTupleIndex(keys.length);
    Set<Integer> ids = new HashSet<>();
    for (SocketKey key : keys) {
      ids.add(index.add(key));
    }

    assertEquals(keys.length, ids.size());
    for (SocketKey key : keys) {
      assertEquals(key, index.key(index.find(key)));
    }
  }

  @Test
  void shouldTellDatagramsOfTwoInterfacesApart() {
    SocketKey key = new SocketKey(3, Protocol.UDP, 0, 1, 67, 0, 2, 68);
    FiveTupleIndex index = new FiveTupleIndex(3);
    int first = index.add(segment(key, 7));
    Segment segment = segment(key, 8);
    int second = index.add(segment);
    int any = index.add(key);

    assertEquals(3, Set.of(first, second, any).size());
    assertEquals(key.on(7), index.key(first));
    assertEquals(second, index.find(segment, SocketMatch.EXACT, 8));
    assertEquals(any, index.find(segment, SocketMatch.EXACT, 0));
    index.remove(first);
    assertEquals(second, index.find(segment));
  }

  @Test
  void shouldMatchByTheFieldsThatAreAskedFor() {
    long here = IpAddress.mapped(0x0a00_0001);
    SocketKey connected = new SocketKey(3, Protocol.UDP, 0, here, 53, 0, here, 4000);
    SocketKey raw = SocketKey.bound(3, Protocol.UDP, 0, here, 0);
    FiveTupleIndex index = new FiveTupleIndex(5);
    int exact = index.add(connected);
    int bound = index.add(connected.withoutRemote());
    int wildcard = index.add(connected.wildcard());
    int rawBound = index.add(raw);
    int rawWildcard = index.add(raw.wildcard());
    Segment segment = segment(connected);

    assertEquals(exact, index.find(segment, SocketMatch.EXACT, 0));
    assertEquals(bound, index.find(segment, SocketMatch.BOUND, 0));
    assertEquals(wildcard, index.find(segment, SocketMatch.WILDCARD, 0));
    assertEquals(rawBound, index.find(segment, SocketMatch.RAW_BOUND, 0));
    assertEquals(rawWildcard, index.find(segment, SocketMatch.RAW_WILDCARD, 0));
    assertEquals(SocketKey.bound(3, Protocol.UDP, 0, IpAddress.mapped(0), 53), index.key(wildcard));
  }

  @Test
  void shouldGiveAnIdOutAgain() {
    FiveTupleIndex index = new FiveTupleIndex(1);
    SocketKey first = new SocketKey(6, 0, 1, 1, 0, 2, 2);
    SocketKey second = new SocketKey(6, 0, 1, 1, 0, 2, 3);
    int id = index.add(first);

    assertEquals(FiveTupleIndex.NONE, index.add(second));
    index.remove(id);

    assertEquals(id, index.add(second));
    assertEquals(FiveTupleIndex.NONE, index.find(first));
    assertEquals(second, index.key(id));
  }

  @Test
  void shouldReadATupleAsOfASegmentSentFromItsLocalSide() {
    FiveTupleIndex index = new FiveTupleIndex(2);
    SocketKey key = new SocketKey(255, -1, Long.MIN_VALUE, 0xffff, 3, 4, 0x8000);
    index.add(new SocketKey(0, 0, 0, 0, 0, 0, 0));
    int id = index.add(key);
    Segment segment = new Segment();

    index.read(id, segment);

    assertNotEquals(0, id);
    assertEquals(Direction.TX, segment.direction());
    assertEquals(key, SocketKey.of(segment));
  }
}
