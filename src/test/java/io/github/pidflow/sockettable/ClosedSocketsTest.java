package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long packets of a closed socket belong to its owner. */
@Timeout(10)
class ClosedSocketsTest {
  private static final long SECOND = 1_000_000_000;
  private static final long CLOSED = 1_700_000_000 * SECOND;
  private static final ProcessInfo A = ProcessInfo.named(10, "a");
  private static final ProcessInfo B = ProcessInfo.named(20, "b");
  private static final KernelSocket TCP =
      new KernelSocket(
          SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", 4000), 1, 11, false);
  private static final KernelSocket UDP =
      new KernelSocket(SocketKeys.bound(Protocol.UDP, "::", 53), 2, 22, false);
  private static final SocketKey UDP_V4 =
      SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4000);
  private static final SocketKey UDP_V6 =
      SocketKeys.connected(Protocol.UDP, "::1", 53, "::1", 4000);

  private final KnownSockets known =
      new KnownSockets(socket -> SocketOwner.EVER, new DaemonCounters());

  @BeforeEach
  void open() {
    scan(CLOSED - SECOND, A, TCP, UDP);
  }

  private void scan(long nowNanos, ProcessInfo owner, KernelSocket... sockets) {
    scan(nowNanos, Set.of(), owner, sockets);
  }

  private void scan(
      long nowNanos, Set<Integer> skipped, ProcessInfo owner, KernelSocket... sockets) {
    Sockets.scan(
        known,
        List.of(sockets),
        skipped,
        socket ->
            socket.inode() == 0
                ? SocketOwner.none(UnattributedReason.NO_PROCESS)
                : SocketOwner.of(owner, false),
        nowNanos);
  }

  private ProcessInfo find(SocketKey key, long nanos) {
    return find(Sockets.segment(key, nanos));
  }

  private ProcessInfo find(Segment segment) {
    return known.table(List.of()).find(segment);
  }

  private static KernelSocket orphan(KernelSocket socket, long cookie) {
    return new KernelSocket(socket.key(), 0, cookie, false);
  }

  /** The kernel's event has neither inode nor IPV6_V6ONLY. */
  private boolean destroy(KernelSocket socket) {
    return known.close(orphan(socket, socket.cookie()), CLOSED, true);
  }

  @Test
  void shouldKeepAConnectionUntilASynOpensAnother() {
    assertTrue(destroy(TCP));
    Segment syn = Sockets.segment(TCP.key(), CLOSED + 2);
    syn.opensConnection(true);
    Segment earlySyn = Sockets.segment(TCP.key(), CLOSED);
    earlySyn.opensConnection(true);

    assertEquals(A, find(TCP.key(), CLOSED + 30 * SECOND));
    assertNull(find(syn));
    assertEquals(A, find(earlySyn));
  }

  @Test
  void shouldNotGiveASynToAConnectionThatWasNotConfirmedSince() {
    Segment syn = Sockets.segment(TCP.key(), CLOSED);
    syn.opensConnection(true);

    assertNull(find(syn));
    assertEquals(A, find(TCP.key(), CLOSED));
    scan(CLOSED, Set.of(0), A);
    assertNull(find(syn), "its namespace was skipped");
    scan(CLOSED, A, TCP);
    assertEquals(A, find(syn));
    scan(CLOSED + 1, Set.of(0), A);
    assertEquals(A, find(syn));
  }

  @Test
  void shouldGiveADatagramQueuedInTheKernelToItsSender() {
    destroy(UDP);
    Segment late = Sockets.segment(UDP_V4, CLOSED + 1);
    assertNull(known.table(List.of()).giveUp(late).process());

    late.addresses(UDP_V4.localHigh(), UDP_V4.localLow(), UDP_V4.remoteHigh(), UDP_V4.remoteLow());
    late.ports(UDP_V4.localPort(), UDP_V4.remotePort());
    late.direction(Direction.TX);

    assertNull(find(late));
    assertEquals(A, known.table(List.of()).giveUp(late).process());
  }

  @Test
  void shouldKeepDatagramsBeforeTheCloseAndNoneAfter() {
    assertTrue(destroy(UDP));

    for (SocketKey key : List.of(UDP_V4, UDP_V6)) {
      assertEquals(A, find(key, CLOSED - 1));
      assertEquals(A, find(key, CLOSED));
      assertNull(find(key, CLOSED + 1));
    }
  }

  @Test
  void shouldIgnoreTheEndOfAnotherSocketOnTheSameAddresses() {
    assertFalse(known.close(orphan(TCP, 12), CLOSED, true));
    assertFalse(known.close(orphan(UDP, 23), CLOSED, true));

    assertEquals(A, find(UDP_V4, CLOSED + 1));
    assertEquals(A, find(UDP_V6, CLOSED + 1));
  }

  @Test
  void shouldCloseASocketOnce() {
    assertTrue(destroy(UDP));
    assertFalse(known.close(orphan(UDP, UDP.cookie()), CLOSED + SECOND, true));

    assertNull(find(UDP_V4, CLOSED + 1));
  }

  @Test
  void shouldNotCloseAnIpv4SocketWithThePortOfTheDestroyedOne() {
    KernelSocket v4 = new KernelSocket(SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53), 3, 33, false);
    scan(CLOSED - SECOND, A, UDP, v4);
    assertTrue(destroy(UDP));

    assertEquals(A, find(UDP_V4, CLOSED + 1));
    assertNull(find(UDP_V6, CLOSED + 1));
  }

  @Test
  void shouldCloseASocketThatTheNextScanDoesNotList() {
    scan(CLOSED, A);

    assertEquals(A, find(TCP.key(), CLOSED + 1));
    assertEquals(A, find(UDP_V4, CLOSED));
    assertNull(find(UDP_V4, CLOSED + 1));
    assertNull(find(UDP_V6, CLOSED + 1));
  }

  @Test
  void shouldGiveAFiveTupleToItsNextSocket() {
    destroy(TCP);
    known.add(TCP.key(), new KernelSocket(TCP.key(), 4, 44, false), SocketOwner.of(B, false));
    assertEquals(B, find(TCP.key(), CLOSED + 1));

    scan(CLOSED + SECOND, B, new KernelSocket(TCP.key(), 4, 44, false));
    assertEquals(B, find(TCP.key(), CLOSED + 1));
    assertFalse(destroy(TCP), "the first one is destroyed late");
    assertEquals(B, find(TCP.key(), CLOSED + 2));
  }

  @Test
  void shouldForgetAClosedSocketAfterAMinute() {
    destroy(TCP);
    scan(CLOSED + 60 * SECOND - 1, A);
    assertEquals(A, find(TCP.key(), CLOSED + 1));

    scan(CLOSED + 60 * SECOND, A);
    assertNull(find(TCP.key(), CLOSED + 1));
  }

  @Test
  void shouldCountTheMinuteFromTheCloseAndNotFromTheLastScan() {
    for (int second = 0; second < 60; second++) {
      scan(CLOSED + second * SECOND, A);
      assertEquals(A, find(TCP.key(), CLOSED + 1));
    }
    scan(CLOSED + 60 * SECOND, A);
    assertNull(find(TCP.key(), CLOSED + 1));
  }

  @Test
  void shouldLeaveAnOrphanToItsLastOwner() {
    scan(CLOSED, B, orphan(TCP, TCP.cookie()));
    assertEquals(A, find(TCP.key(), CLOSED + SECOND));

    scan(CLOSED + SECOND, B, orphan(TCP, TCP.cookie()));
    assertEquals(A, find(TCP.key(), CLOSED + SECOND));
  }

  @Test
  void shouldLeaveAnOrphanToTheOwnerAddedLast() {
    KernelSocket learnt =
        new KernelSocket(
            SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", 5000), 5, 55, false);
    known.add(learnt.key(), learnt, SocketOwner.of(B, false));
    scan(CLOSED, A, orphan(learnt, 55));

    assertEquals(B, find(learnt.key(), CLOSED + SECOND));
  }

  @Test
  void shouldNotLeaveAnOrphanToTheOwnerOfAnotherSocket() {
    scan(CLOSED, B, orphan(TCP, 12));
    SocketOwner owner = known.table(List.of()).giveUp(Sockets.segment(TCP.key(), CLOSED + 1));

    assertNull(find(TCP.key(), CLOSED + 1));
    assertEquals(UnattributedReason.NO_PROCESS, owner.reason());
  }
}
