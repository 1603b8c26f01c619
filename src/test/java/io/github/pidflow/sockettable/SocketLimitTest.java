package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More sockets than the bound. */
@Timeout(60)
class SocketLimitTest {
  private static final long NOW = 1_700_000_000_000_000_000L;
  private static final long SECOND = 1_000_000_000;
  private static final int MAX = SocketLimit.MAX_SOCKETS;
  private static final SocketOwner OWNER = SocketOwner.of(ProcessInfo.named(10, "proxy"), false);

  private final DaemonCounters counters = new DaemonCounters();
  private final KnownSockets known = new KnownSockets(socket -> SocketOwner.EVER, counters);

  /** Ten thousand connections per second, each added and closed. */
  @Test
  void shouldForgetTheOldestClosedSockets() {
    List<KernelSocket> open = List.of(listener());
    Sockets.scan(known, open, Set.of(), socket -> OWNER, NOW);
    int count = 150_000;
    List<KernelSocket> recent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long now = NOW + i * (SECOND / 10_000);
      KernelSocket connection = connection(i);
      known.add(connection.key(), connection, OWNER.confirmed(now));
      known.close(connection, now + 1, true);
      if (i % 40_000 == 39_999) {
        Sockets.scan(known, open, Set.of(), socket -> OWNER, now);
      }
      if (i >= count - 10_000) {
        recent.add(connection);
      }
    }

    long refused = counters.value(DaemonCounter.SOCKETS_REFUSED);
    assertTrue(count - refused <= MAX + 1024, refused + " refused of " + count);
    assertTrue(count - refused >= MAX / 2, refused + " refused of " + count);
    SocketTable table = known.table(List.of());
    for (int i = 0; i < recent.size(); i++) {
      long sent = NOW + (count - 10_000 + i) * (SECOND / 10_000);
      assertNotNull(table.find(Sockets.segment(recent.get(i).key(), sent)), "connection " + i);
    }
    assertNotNull(find(listener(), NOW + 60 * SECOND));
  }

  @Test
  void shouldCountFormerOwnersOfAFiveTupleItForgets() {
    KnownSockets dated = new KnownSockets(socket -> NOW + socket.cookie() * 1000, counters);
    SocketKey key = connection(1).key();
    for (int cookie = 1; cookie <= 40; cookie++) {
      KernelSocket socket = new KernelSocket(key, cookie, cookie, false);
      dated.add(key, socket, OWNER.confirmed(NOW + cookie * 1000L));
      dated.close(socket, NOW + cookie * 1000L + 500, true);
    }

    assertEquals(8, counters.value(DaemonCounter.OWNERS_FORGOTTEN));
  }

  private ProcessInfo find(KernelSocket socket, long nanos) {
    return known.table(List.of()).find(Sockets.segment(socket.key(), nanos));
  }

  private static KernelSocket connection(int number) {
    long remote = IpAddress.mapped(0x0b00_0000 + number);
    SocketKey key =
        new SocketKey(Protocol.TCP, 0, IpAddress.mapped(0x0a00_0001), 443, 0, remote, 50_000);
    return new KernelSocket(key, number + 10L, number + 1_000_000L, false);
  }

  /** A UDP socket, since a TCP segment never belongs to a listener. */
  private static KernelSocket listener() {
    SocketKey key = new SocketKey(Protocol.UDP, 0, IpAddress.mapped(0x0a00_0001), 53, 0, 0, 0);
    return new KernelSocket(key, 5, 5, true);
  }
}
