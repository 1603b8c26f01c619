package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A scan changes the sockets that changed and no others. */
@Timeout(10)
class SocketScanTest {
  private static final long SECOND = 1_000_000_000;
  private static final long START = 1_700_000_000 * SECOND;
  private static final ProcessInfo A = ProcessInfo.named(10, "a");
  private static final ProcessInfo B = ProcessInfo.named(20, "b");
  private static final SocketOwner OF_A = SocketOwner.of(A, false);
  private static final SocketOwner OF_B = SocketOwner.of(B, false);

  private static final KernelSocket TCP =
      new KernelSocket(
          SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", 4000), 1, 11, false);
  private static final KernelSocket UDP =
      new KernelSocket(SocketKeys.bound(Protocol.UDP, "10.0.0.1", 53), 2, 22, false);
  private static final KernelSocket UDP_TOO = new KernelSocket(UDP.key(), 3, 33, false);
  private static final KernelSocket ANY =
      new KernelSocket(SocketKeys.bound(Protocol.UDP, "::", 80), 4, 44, false);
  private static final KernelSocket LISTENER =
      new KernelSocket(SocketKeys.bound(Protocol.TCP, "::", 80), 5, 55, false);

  private final Map<SocketKey, KnownSocket> known = new HashMap<>();
  private final Map<KernelSocket, SocketOwner> owners =
      new HashMap<>(Map.of(TCP, OF_A, UDP, OF_A, UDP_TOO, OF_B, ANY, OF_A, LISTENER, OF_A));
  private final Map<KernelSocket, SocketOwner> sought = new HashMap<>();
  private int scans;

  /** The time of the latest scan. */
  private long now() {
    return START + scans * SECOND;
  }

  private boolean scan(KernelSocket... open) {
    return scan(Set.of(), open);
  }

  private boolean scan(Set<Integer> skipped, KernelSocket... open) {
    scans++;
    KnownSockets histories = new KnownSockets(socket -> SocketOwner.EVER, new DaemonCounters());
    SocketScan scan =
        new SocketScan(known, Arrays.asList(open), histories, new SocketScan.Start(now(), now()));
    List<KernelSocket> rest = scan.updateOwned(socket -> Optional.ofNullable(owners.get(socket)));
    scan.updateUnowned(rest, sought::get);
    scan.updateIpv4Aliases();
    scan.closeAbsent(skipped, now());
    return scan.hasChanged();
  }

  private SocketOwner owner(KernelSocket socket) {
    return known.get(socket.key()).owner();
  }

  @Test
  void shouldNotReplaceUnchangedSockets() {
    assertTrue(scan(TCP, UDP, ANY, LISTENER));
    Map<SocketKey, KnownSocket> before = Map.copyOf(known);
    assertEquals(6, before.size());

    assertFalse(scan(TCP, UDP, ANY, LISTENER));
    before.forEach((key, each) -> assertSame(each, known.get(key)));
  }

  @Test
  void shouldConfirmUnchangedSocketsByTheScanThatSawThem() {
    scan(TCP, UDP);
    scan(TCP, UDP);
    long seen = now();
    assertEquals(seen, owner(TCP).confirmedAtNanos());

    assertTrue(scan());
    assertEquals(seen, owner(UDP).confirmedAtNanos());
    assertEquals(now(), owner(UDP).closedAtNanos());
  }

  @Test
  void shouldUpdateAChangedOwner() {
    scan(TCP, ANY);
    owners.put(TCP, OF_B);
    owners.put(ANY, SocketOwner.of(A, true));
    assertTrue(scan(TCP, ANY));
    assertEquals(B, owner(TCP).process());
    assertTrue(owner(ANY).shared());
    assertTrue(known.get(ANY.ipv4Alias()).owner().shared());
  }

  @Test
  void shouldReplaceASocketByAnotherOfTheSameProcess() {
    scan(TCP);
    KernelSocket next = new KernelSocket(TCP.key(), 9, 99, false);
    owners.put(next, OF_A);
    assertTrue(scan(next));
    assertEquals(99, known.get(TCP.key()).cookie());
    assertFalse(scan(next));
  }

  @Test
  void shouldNotChooseBetweenAKnownSocketAndANewOne() {
    for (List<KernelSocket> open : List.of(List.of(UDP, UDP_TOO), List.of(UDP_TOO, UDP))) {
      known.clear();
      scan(UDP);
      assertEquals(A, owner(UDP).process());
      assertTrue(scan(open.toArray(KernelSocket[]::new)));
      assertNull(owner(UDP).process());
      assertEquals(UnattributedReason.AMBIGUOUS, owner(UDP).reason());
      assertFalse(scan(open.toArray(KernelSocket[]::new)), "it is as it was");
      assertTrue(scan(UDP));
      assertEquals(A, owner(UDP).process());
    }
  }

  @Test
  void shouldNotChooseBetweenAHeldSocketAndOneThatWasSearched() {
    sought.put(UDP_TOO, owners.remove(UDP_TOO));
    for (List<KernelSocket> open : List.of(List.of(UDP, UDP_TOO), List.of(UDP_TOO, UDP))) {
      scan(open.toArray(KernelSocket[]::new));
      assertEquals(UnattributedReason.AMBIGUOUS, owner(UDP).reason());
    }
  }

  @Test
  void shouldReplaceAConnectionWithoutACookieInEachScan() {
    KernelSocket nameless = new KernelSocket(TCP.key(), 5, 0, false);
    owners.put(nameless, OF_A);
    scan(nameless);
    assertTrue(scan(nameless));
    assertEquals(now(), known.get(TCP.key()).owners().latest().confirmedAtNanos());
  }

  @Test
  void shouldLeaveTheIpv4PortToTheIpv4Socket() {
    KernelSocket v4 = new KernelSocket(ANY.ipv4Alias(), 6, 66, false);
    owners.put(v4, OF_B);
    scan(ANY, v4);
    assertEquals(B, owner(v4).process());
    assertFalse(scan(v4, ANY));
    assertTrue(scan(ANY));
    assertEquals(A, owner(v4).process());
  }

  @Test
  void shouldForgetSocketsClosedAMinuteAgo() {
    scan(TCP);
    assertTrue(scan());
    assertFalse(scan());
    scans += 59;
    assertTrue(scan());
    assertTrue(known.isEmpty());
  }

  @Test
  void shouldNotCloseTheSocketsOfASkippedNamespace() {
    scan(TCP);
    assertFalse(scan(Set.of(0)));
    assertTrue(owner(TCP).isOpen());
    assertTrue(scan());
    assertFalse(owner(TCP).isOpen());
  }
}
