package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DumpedSocketsTest {
  private static final int ROOT = 0;
  private static final int ALICE = 1000;
  private static final int MALLORY = 1001;

  private final DaemonCounters counters = new DaemonCounters();
  private final DumpedSockets dumped = new DumpedSockets(100, counters);
  private final List<KernelSocket> open = new ArrayList<>();

  @Test
  void shouldHoldAllWithinTheBound() throws IOException {
    open(ROOT, 60, 0);
    open(MALLORY, 10, 30);

    assertEquals(Set.of(7), collect());
    assertEquals(open, dumped.sockets());
    assertEquals(0, refused());
  }

  @Test
  void shouldLeaveOutOnlySocketsOfWhoHasTheMost() throws IOException {
    open(MALLORY, 500, 400);
    open(ROOT, 20, 10);
    open(ALICE, 0, 5);

    collect();

    assertEquals(30, of(ROOT));
    assertEquals(5, of(ALICE));
    assertEquals(65, of(MALLORY));
    assertEquals(935 - 100, refused());
  }

  @Test
  void shouldDivideTheRestEqually() throws IOException {
    open(MALLORY, 300, 0);
    open(ALICE, 0, 200);
    open(ROOT, 10, 0);

    collect();

    assertEquals(List.of(10L, 45L, 45L), List.of(of(ROOT), of(ALICE), of(MALLORY)));
  }

  @Test
  void shouldPreferUnconnectedSockets() throws IOException {
    open(ROOT, 0, 90);
    open(ROOT, 40, 0);

    collect();

    long unconnected =
        dumped.sockets().stream().filter(socket -> !socket.key().isConnected()).count();
    assertEquals(40, unconnected);
    assertEquals(100, dumped.sockets().size());
  }

  /** The second listing may have more than the first. */
  @Test
  void shouldStayWithinTheBoundIfSocketsAreAddedInBetween() throws IOException {
    open(ROOT, 60, 60);
    dumped.collect(
        sink -> {
          open.forEach(sink);
          open(MALLORY, 20, 20);
          open(ROOT, 20, 20);
          return Set.of();
        });

    assertEquals(100, dumped.sockets().size());
  }

  private Set<Integer> collect() throws IOException {
    return dumped.collect(
        sink -> {
          open.forEach(sink);
          return Set.of(7);
        });
  }

  private long of(int uid) {
    return dumped.sockets().stream()
        .collect(Collectors.groupingBy(KernelSocket::uid, Collectors.counting()))
        .getOrDefault(uid, 0L);
  }

  private long refused() {
    return counters.value(DaemonCounter.SOCKETS_REFUSED);
  }

  private void open(int uid, int unconnected, int connected) {
    for (int i = 0; i < unconnected + connected; i++) {
      int number = open.size();
      long remote = i < unconnected ? 0 : IpAddress.mapped(0x0b00_0000 + number);
      SocketKey key =
          new SocketKey(
              Protocol.UDP,
              0,
              IpAddress.mapped(0x0a00_0001),
              1 + number,
              0,
              remote,
              i < unconnected ? 0 : 53);
      open.add(new KernelSocket(key, number + 10L, number + 1000L, false, uid));
    }
  }
}
