package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which open socket a segment belongs to. */
@Timeout(10)
class KnownSocketsTest {
  private static final long NOW = 1_700_000_000_000_000_000L;
  private static final ProcessInfo A = ProcessInfo.named(10, "a");
  private static final ProcessInfo B = ProcessInfo.named(20, "b");
  private static final SocketKey UDP_V4 =
      SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4000);
  private static final SocketKey TCP_V4 =
      SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", 4000);

  private static final SocketOwner NOBODY = SocketOwner.none(UnattributedReason.NO_PROCESS);

  private final KnownSockets known =
      new KnownSockets(socket -> SocketOwner.EVER, new DaemonCounters());
  private final List<KernelSocket> sockets = new ArrayList<>();
  private final Map<Long, SocketOwner> owners = new HashMap<>();

  private KernelSocket add(SocketKey key, SocketOwner owner, boolean v6Only) {
    long id = sockets.size() + 1L;
    KernelSocket socket = new KernelSocket(key, id, 100 + id, v6Only);
    sockets.add(socket);
    owners.put(id, owner);
    return socket;
  }

  private void add(SocketKey key, ProcessInfo process) {
    add(key, SocketOwner.of(process, false), false);
  }

  private void scan() {
    Sockets.scan(
        known, sockets, Set.of(), socket -> owners.getOrDefault(socket.inode(), NOBODY), NOW);
  }

  private ProcessInfo find(SocketKey key) {
    return known.table(List.of()).find(Sockets.segment(key, NOW));
  }

  private SocketOwner giveUp(SocketKey key) {
    return known.table(List.of()).giveUp(Sockets.segment(key, NOW));
  }

  @Test
  void shouldLookUpARawFlowAgainAfterARawSocketWasOpenedOrClosed() {
    SocketKey raw = SocketKeys.bound(253, "0.0.0.0", 0);
    SocketKey flow = SocketKeys.connected(253, "10.0.0.1", 0, "10.0.0.2", 0);
    add(raw, A);
    scan();
    assertEquals(A, find(flow));

    assertTrue(known.closeRaw(NOW - 1));
    assertNull(find(flow));
    known.add(flow, new KernelSocket(raw, 77, 0, false), SocketOwner.of(B, false));
    assertEquals(B, find(flow));
  }

  private static final long CREATED = BootClock.steadyNanos(1000 * BootClock.NANOS_PER_TICK);
  private static final long LATER = CREATED + 1_000_000_000;

  /** A socket that was created in tick 1000, and its owner at the time. */
  private static KnownSockets knownOf(ProcessInfo owner, KernelSocket socket) {
    KnownSockets known = new KnownSockets(any -> CREATED, new DaemonCounters());
    known.add(socket.key(), socket, SocketOwner.of(owner, false));
    return known;
  }

  private static ProcessInfo started(int pid, long ticks) {
    return new ProcessInfo(new ProcessId(pid, ticks), "p" + pid, "", "", "", "", "", 0);
  }

  @Test
  void shouldKeepTheOwnerWhenASocketIsSentToAnOlderProcess() {
    KernelSocket socket = new KernelSocket(TCP_V4, 1, 101, false);
    ProcessInfo creator = started(50, 990);
    KnownSockets known = knownOf(creator, socket);

    known.add(TCP_V4, socket, SocketOwner.of(started(7, 999), false));
    assertEquals(creator, known.table(List.of()).find(Sockets.segment(TCP_V4, LATER)));

    ProcessInfo child = started(51, 1000);
    known.add(TCP_V4, socket, SocketOwner.of(child, false));
    assertEquals(child, known.table(List.of()).find(Sockets.segment(TCP_V4, LATER)));
  }

  @Test
  void shouldKeepTheOwnerOfASocketWhoseHolderIsNotFoundAnyMore() {
    KernelSocket socket = new KernelSocket(TCP_V4, 1, 101, false);
    ProcessInfo creator = started(50, 990);
    KnownSockets known = knownOf(creator, socket);

    for (UnattributedReason reason :
        List.of(UnattributedReason.NO_PROCESS, UnattributedReason.AMBIGUOUS)) {
      Sockets.scan(known, List.of(socket), Set.of(), any -> SocketOwner.none(reason), LATER);
      assertEquals(creator, known.table(List.of()).find(Sockets.segment(TCP_V4, LATER)));
    }
    KernelSocket next = new KernelSocket(TCP_V4, 2, 102, false);
    Sockets.scan(known, List.of(next), Set.of(), any -> NOBODY, LATER + 2);
    assertNull(known.table(List.of()).find(Sockets.segment(TCP_V4, LATER + 2)));
  }

  private void assertNobodys(UnattributedReason reason, SocketKey key) {
    assertNull(find(key));
    SocketOwner owner = giveUp(key);
    assertNull(owner.process());
    assertEquals(reason, owner.reason());
  }

  @Test
  void shouldGiveOpenSocketsToARenamedProcess() {
    ProcessInfo renamed = ProcessInfo.named(A.pid(), "other");
    add(UDP_V4, A);
    add(TCP_V4, B);
    scan();

    assertTrue(known.rename(List.of(renamed)));
    assertFalse(known.rename(List.of(renamed)), "it has that name already");
    assertEquals(renamed, find(UDP_V4));
    assertEquals(B, find(TCP_V4));
  }

  @Test
  void shouldRenameManyProcessesInOnePass() {
    ProcessInfo a = ProcessInfo.named(A.pid(), "a2");
    ProcessInfo b = ProcessInfo.named(B.pid(), "b2");
    add(UDP_V4, A);
    add(TCP_V4, B);
    scan();

    assertTrue(known.rename(List.of(a, b)));
    assertEquals(a, find(UDP_V4));
    assertEquals(b, find(TCP_V4));
  }

  @Test
  void shouldNotConfirmAConnectionByARename() {
    add(TCP_V4, A);
    scan();
    known.rename(List.of(ProcessInfo.named(A.pid(), "other")));

    Segment syn = Sockets.segment(TCP_V4, NOW + 1);
    syn.opensConnection(true);
    assertNull(known.table(List.of()).find(syn), "it may be that of the next connection");
  }

  @Test
  void shouldBeEmptyAtFirst() {
    assertNobodys(UnattributedReason.NO_SOCKET, UDP_V4);
    assertNobodys(UnattributedReason.NO_SOCKET, TCP_V4);
  }

  @Test
  void shouldPreferTheConnectedDatagramSocketToTheBoundOne() {
    add(SocketKeys.bound(Protocol.UDP, "10.0.0.1", 53), A);
    add(UDP_V4, B);
    scan();

    assertEquals(B, find(UDP_V4));
    assertEquals(A, find(SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4001)));
  }

  @Test
  void shouldPreferTheBoundAddressToAnyAddress() {
    add(SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53), A);
    add(SocketKeys.bound(Protocol.UDP, "10.0.0.1", 53), B);
    scan();

    assertEquals(B, find(UDP_V4));
    assertEquals(A, find(SocketKeys.connected(Protocol.UDP, "10.0.0.9", 53, "10.0.0.2", 4000)));
    assertNull(find(SocketKeys.connected(Protocol.UDP, "::1", 53, "::1", 4000)));
  }

  @Test
  void shouldTellProtocolsApart() {
    add(SocketKeys.bound(Protocol.UDPLITE, "0.0.0.0", 53), A);
    scan();

    assertNobodys(UnattributedReason.NO_SOCKET, UDP_V4);
  }

  @Test
  void shouldLetADualStackSocketTakeIpv4() {
    add(SocketKeys.bound(Protocol.UDP, "::", 53), A);
    scan();

    assertEquals(A, find(UDP_V4));
    assertEquals(A, find(SocketKeys.connected(Protocol.UDP, "::1", 53, "::1", 4000)));
  }

  @Test
  void shouldNotLetAnIpv6OnlySocketTakeIpv4() {
    add(SocketKeys.bound(Protocol.UDP, "::", 53), SocketOwner.of(A, false), true);
    scan();

    assertNobodys(UnattributedReason.NO_SOCKET, UDP_V4);
    assertEquals(A, find(SocketKeys.connected(Protocol.UDP, "::1", 53, "::1", 4000)));
  }

  @Test
  void shouldNotLetARawIpv6SocketTakeIpv4() {
    add(SocketKeys.bound(89, "::", 0), A);
    scan();

    assertNull(find(SocketKeys.connected(89, "10.0.0.1", 0, "10.0.0.2", 0)));
    assertEquals(A, find(SocketKeys.connected(89, "::1", 0, "::1", 0)));
  }

  @Test
  void shouldPreferAnIpv4SocketToADualStackOne() {
    add(SocketKeys.bound(Protocol.UDP, "::", 53), A);
    add(SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53), B);
    scan();

    assertEquals(B, find(UDP_V4));
  }

  @Test
  void shouldNotGiveAConnectionToItsListener() {
    add(SocketKeys.bound(Protocol.TCP, "0.0.0.0", 80), A);
    scan();

    assertNull(find(TCP_V4));
    assertEquals(A, giveUp(TCP_V4).process());
  }

  @Test
  void shouldNotGuessTheAcceptorOfASharedListener() {
    add(SocketKeys.bound(Protocol.TCP, "0.0.0.0", 80), SocketOwner.of(A, true), false);
    scan();

    assertNobodys(UnattributedReason.AMBIGUOUS, TCP_V4);
  }

  @Test
  void shouldCallListenersSharedIfOneIs() {
    SocketKey listener = SocketKeys.bound(Protocol.TCP, "0.0.0.0", 80);
    add(listener, A);
    add(listener, SocketOwner.of(A, true), false);
    scan();

    assertNobodys(UnattributedReason.AMBIGUOUS, TCP_V4);
  }

  @Test
  void shouldGiveAConnectionWithoutAnAcceptorToTheListener() {
    add(SocketKeys.bound(Protocol.TCP, "::", 80), A);
    sockets.add(new KernelSocket(TCP_V4, 0, 999, false));
    scan();

    assertNull(find(TCP_V4));
    assertEquals(A, giveUp(TCP_V4).process());
  }

  @Test
  void shouldNotGiveAnUnownedConnectedSocketsDatagramToABoundSocket() {
    add(SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53), A);
    add(UDP_V4, SocketOwner.none(UnattributedReason.NO_PROCESS), false);
    scan();

    assertNobodys(UnattributedReason.NO_PROCESS, UDP_V4);
  }

  @Test
  void shouldNotChooseAmongSocketsOfDifferentProcesses() {
    SocketKey bound = SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53);
    add(bound, A);
    add(bound, B);
    add(bound, B);
    scan();

    assertTrue(known.isAmbiguous(bound));
    assertNobodys(UnattributedReason.AMBIGUOUS, UDP_V4);
  }

  @Test
  void shouldNameTheOneProcessOfSeveralSockets() {
    SocketKey bound = SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53);
    add(bound, A);
    add(bound, A);
    scan();

    assertFalse(known.isAmbiguous(bound));
    assertEquals(A, find(UDP_V4));
    assertFalse(giveUp(UDP_V4).shared());
  }

  @Test
  void shouldKeepTheKernelsAnswerForOneRemoteEndUntilTheNextScan() {
    SocketKey bound = SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53);
    add(bound, A);
    add(bound, B);
    scan();
    known.add(UDP_V4, sockets.get(1), SocketOwner.of(B, false));

    assertEquals(B, find(UDP_V4));
    assertNull(find(SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4001)));
    scan();
    assertNobodys(UnattributedReason.AMBIGUOUS, UDP_V4);
  }

  @Test
  void shouldAddADualStackSocketForBothFamilies() {
    KernelSocket socket = new KernelSocket(SocketKeys.bound(Protocol.UDP, "::", 53), 1, 1, false);
    known.add(UDP_V4, socket, SocketOwner.of(A, false));

    assertEquals(A, find(UDP_V4));
    assertEquals(A, find(SocketKeys.connected(Protocol.UDP, "::1", 53, "::1", 4000)));
  }

  @Test
  void shouldKeepThousandsOfAddedSockets() {
    for (int port = 1; port <= 3000; port++) {
      SocketKey key = SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", port);
      known.add(key, new KernelSocket(key, port, port, false), SocketOwner.of(A, false));
    }
    for (int port = 1; port <= 3000; port++) {
      assertEquals(A, find(SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", port)));
    }
  }

  @Test
  void shouldKeepTheSocketsOfASkippedNamespace() {
    SocketKey there = TCP_V4.in(1);
    add(there, A);
    add(TCP_V4, A);
    scan();

    Sockets.scan(known, List.of(), Set.of(1), socket -> NOBODY, NOW + 1);

    assertFalse(known.lacksOwner(sockets.get(0)));
    assertEquals(SocketOwner.OPEN, ownerIn(1).closedAtNanos());
    assertEquals(NOW, ownerIn(1).confirmedAtNanos());
    assertEquals(NOW + 1, ownerIn(0).closedAtNanos());
  }

  private SocketOwner ownerIn(int namespace) {
    Segment segment = Sockets.segment(TCP_V4, NOW);
    segment.namespace(namespace);
    return known.table(List.of()).owner(segment);
  }
}
