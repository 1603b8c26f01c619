package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SocketLayersTest {
  private static final long NOW = 1_700_000_000_000_000_000L;
  private static final int PORTS = 4000;

  private final SocketLayers layers = new SocketLayers(new SocketLimit(new DaemonCounters()));
  private final Map<SocketKey, ProcessInfo> expected = new HashMap<>();
  private SocketTable table = layers.table(List.of());

  private static SocketKey key(int port) {
    return SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", port);
  }

  private static KnownSocket known(ProcessInfo process) {
    return KnownSocket.of(SocketOwner.of(process, false), process.pid(), false);
  }

  private void put(int port, int pid) {
    ProcessInfo process = ProcessInfo.named(pid, "p");
    layers.put(key(port), known(process));
    expected.put(key(port), process);
  }

  private void assertTold() {
    table = layers.table(List.of());
    for (int port = 1; port <= PORTS; port++) {
      SocketKey key = key(port);
      ProcessInfo process = expected.get(key);
      assertEquals(process, table.find(Sockets.segment(key, NOW)), key.toString());
      KnownSocket known = layers.get(key);
      assertEquals(process, known == null ? null : known.owner().process());
    }
    Map<SocketKey, ProcessInfo> all = new HashMap<>();
    layers.forEach((key, each) -> assertNull(all.put(key, each.owner().process())));
    assertEquals(expected, all);
  }

  @Test
  void shouldReturnTheLatestOfThousandsOfSockets() {
    Random random = new Random(1);
    int pid = 1;
    for (int step = 0; step < 60; step++) {
      int puts = 1 << random.nextInt(10);
      for (int i = 0; i < puts; i++) {
        put(1 + random.nextInt(PORTS), pid++);
      }
      assertTold();
    }
  }

  @Test
  void shouldServeTheResultOfAScan() {
    for (int port = 1; port <= 100; port++) {
      put(port, port);
    }
    assertTold();
    expected.clear();
    ProcessInfo other = ProcessInfo.named(7, "other");
    expected.put(key(5), other);
    Map<SocketKey, KnownSocket> all = layers.fold();
    assertEquals(100, all.size());
    all.clear();
    all.put(key(5), known(other));
    layers.markChanged();
    assertTold();
  }

  @Test
  void shouldReplaceSocketsInEachLayer() {
    put(1, 1);
    layers.fold();
    for (int port = 2; port <= 200; port++) {
      put(port, port);
    }
    assertTold();
    put(300, 300);
    ProcessInfo renamed = ProcessInfo.named(9, "renamed");

    layers.replaceAll(each -> each.with(each.owner().renamed(renamed)));

    expected.replaceAll((key, process) -> renamed);
    assertTold();
  }

  @Test
  void shouldNotChangeTablesAlreadyMade() {
    put(1, 1);
    SocketTable before = layers.table(List.of());
    for (int port = 1; port <= 3000; port++) {
      put(port, 2);
    }
    assertTold();
    assertEquals(1, before.find(Sockets.segment(key(1), NOW)).pid());
    assertNull(before.find(Sockets.segment(key(2), NOW)));
  }

  @Test
  void shouldReturnTheFiveTuplesOfADatagramSocketOnce() {
    SocketKey bound = SocketKeys.bound(Protocol.UDP, "10.0.0.1", 53);
    SocketKey connected = SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4000);
    KnownSocket open = known(ProcessInfo.named(77, "p"));
    layers.put(bound, open);
    layers.put(connected, open);
    layers.put(key(1), open);

    assertEquals(Set.of(bound, connected), layers.removeDatagramKeys(77));
    assertTrue(layers.removeDatagramKeys(77).isEmpty());
    layers.put(bound, open.closed(NOW));
    assertTrue(layers.removeDatagramKeys(77).isEmpty());
  }
}
