package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class SocketTableTest {
  private static final ProcessInfo PING = ProcessInfo.named(10, "ping");
  private static final ProcessInfo RAW = ProcessInfo.named(20, "fping");
  private static final SocketKey ECHO =
      SocketKeys.connected(Protocol.ICMP, "10.0.0.1", 4711, "10.0.0.2", 0);

  private static ProcessInfo find(Map<SocketKey, ProcessInfo> sockets, SocketKey key) {
    return SocketTable.of(sockets).find(Sockets.segment(key, 1));
  }

  private static ProcessInfo giveUp(Map<SocketKey, ProcessInfo> sockets, SocketKey key) {
    return SocketTable.of(sockets).giveUp(Sockets.segment(key, 1)).process();
  }

  @Test
  void shouldPreferThePingSocketOfAnEchoToARawOne() {
    SocketKey ping = SocketKeys.bound(Protocol.ICMP, "0.0.0.0", 4711);
    SocketKey raw = SocketKeys.bound(Protocol.ICMP, "0.0.0.0", 0);

    assertEquals(PING, find(Map.of(ping, PING, raw, RAW), ECHO));
    // Only as a last resort: the next process to ping may have opened a raw socket since.
    assertNull(find(Map.of(raw, RAW), ECHO));
    assertEquals(RAW, giveUp(Map.of(raw, RAW), ECHO));
    assertNull(giveUp(Map.of(), ECHO));
  }

  @Test
  void shouldNotGiveTheKernelsEchoToARawSocket() {
    SocketKey raw = SocketKeys.bound(Protocol.ICMPV6, "::", 0);
    SocketKey answered = SocketKeys.connected(Protocol.ICMPV6, "::1", 0, "::1", 4711);
    SocketKey asked = SocketKeys.connected(Protocol.ICMPV6, "::1", 4711, "::1", 0);

    assertNull(find(Map.of(raw, RAW), answered));
    assertNull(giveUp(Map.of(raw, RAW), answered));
    assertEquals(RAW, giveUp(Map.of(raw, RAW), asked));
  }

  @Test
  void shouldMatchASentSegmentByItsSource() {
    SocketKey key = SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4000);
    Segment sent = Sockets.segment(key, 1);
    sent.addresses(key.localHigh(), key.localLow(), key.remoteHigh(), key.remoteLow());
    sent.ports(key.localPort(), key.remotePort());
    SocketTable table = SocketTable.of(Map.of(key, PING));

    assertNull(table.find(sent));
    sent.direction(Direction.TX);
    assertEquals(PING, table.find(sent));
  }

  @Test
  void shouldListEachProcessOnce() {
    SocketKey one = SocketKeys.bound(Protocol.UDP, "10.0.0.1", 53);
    SocketKey other = SocketKeys.bound(Protocol.UDP, "10.0.0.2", 53);

    assertEquals(List.of(PING), SocketTable.of(Map.of(one, PING, other, PING)).processes());
    assertEquals(List.of(), SocketTable.EMPTY.processes());
  }
}
