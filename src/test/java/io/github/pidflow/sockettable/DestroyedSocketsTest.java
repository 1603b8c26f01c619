package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets that are not known before the kernel reports that it destroyed them. */
@Timeout(10)
class DestroyedSocketsTest {
  private static final long NOW = 1_700_000_000_000_000_000L;
  private static final ProcessInfo A = ProcessInfo.named(10, "a");
  private static final ProcessInfo B = ProcessInfo.named(20, "b");
  private static final SocketKey CONNECTION =
      SocketKeys.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", 4000);
  private static final SocketKey ANY_V6 = SocketKey.bound(Protocol.UDP, 0, 0, 53);
  private static final SocketKey ANY_V4 = SocketKey.bound(Protocol.UDP, 0, IpAddress.mapped(0), 53);
  private static final SocketKey DATAGRAM =
      SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4000);

  private final KnownSockets known =
      new KnownSockets(socket -> SocketOwner.EVER, new DaemonCounters());

  private static KernelSocket socket(SocketKey key, long cookie) {
    return new KernelSocket(key, cookie, cookie, false);
  }

  private ProcessInfo find(SocketKey key, long nanos) {
    return known.table(List.of()).find(Sockets.segment(key, nanos));
  }

  @Test
  void shouldAttributeWhatAnUnknownSocketSentBeforeItWasDestroyed() {
    KernelSocket destroyed = socket(ANY_V4, 7);
    assertTrue(known.lacksOwner(destroyed));

    known.addClosed(destroyed, SocketOwner.of(A, false), NOW);

    assertEquals(A, find(DATAGRAM, NOW));
    assertNull(find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldIgnoreADestroyedSocketWhosePortHasAnotherOwnerNow() {
    known.add(ANY_V4, socket(ANY_V4, 8), SocketOwner.of(B, false));

    known.addClosed(socket(ANY_V4, 7), SocketOwner.of(A, false), NOW);
    assertFalse(known.close(socket(ANY_V4, 7), NOW, true));
    assertEquals(B, find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldNotLackTheOwnerOfASocketThatHasOne() {
    known.add(CONNECTION, socket(CONNECTION, 7), SocketOwner.of(A, false));

    assertFalse(known.lacksOwner(socket(CONNECTION, 7)));
  }

  @Test
  void shouldGiveADualStackPortToItsNextOwnerForIpv4Too() {
    known.add(ANY_V6, socket(ANY_V6, 7), SocketOwner.of(A, false));
    known.close(socket(ANY_V6, 7), NOW, true);

    known.add(ANY_V6, socket(ANY_V6, 8), SocketOwner.of(B, false));

    assertEquals(B, find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldLeaveIpv4ToTheSocketBoundToIt() {
    known.add(ANY_V4, socket(ANY_V4, 7), SocketOwner.of(A, false));

    known.add(ANY_V6, socket(ANY_V6, 8), SocketOwner.of(B, false));

    assertEquals(A, find(DATAGRAM, NOW));
  }

  @Test
  void shouldGiveEachDatagramToTheSocketOfItsTime() {
    KnownSockets dated = new KnownSockets(KernelSocket::cookie, new DaemonCounters());
    for (int turn = 0; turn < 40; turn++) {
      KernelSocket socket = socket(ANY_V4, 100 * turn + 10);
      SocketOwner owner = SocketOwner.of(turn % 2 == 0 ? A : B, false);
      dated.addClosed(socket, owner, 100 * turn + 50);
    }
    SocketTable table = dated.table(List.of());

    assertEquals(B, table.find(Sockets.segment(DATAGRAM, 3950)));
    assertEquals(A, table.find(Sockets.segment(DATAGRAM, 3810)));
    assertNull(table.find(Sockets.segment(DATAGRAM, 3951)));
    assertNull(table.find(Sockets.segment(DATAGRAM, 3809)));
    assertEquals(B, table.find(Sockets.segment(DATAGRAM, 3730)));
    assertNull(table.find(Sockets.segment(DATAGRAM, 30)), "too long ago");
  }

  @Test
  void shouldInsertAnEarlierSocketBeforeTheOpenOne() {
    KnownSockets dated = new KnownSockets(KernelSocket::cookie, new DaemonCounters());
    dated.add(ANY_V4, socket(ANY_V4, 200), SocketOwner.of(B, false));
    assertTrue(dated.lacksOwner(socket(ANY_V4, 100)));
    dated.addClosed(socket(ANY_V4, 100), SocketOwner.of(A, false), 150);

    SocketTable table = dated.table(List.of());
    assertEquals(A, table.find(Sockets.segment(DATAGRAM, 120)));
    assertNull(table.find(Sockets.segment(DATAGRAM, 160)));
    assertEquals(B, table.find(Sockets.segment(DATAGRAM, 200)));
    assertTrue(dated.close(socket(ANY_V4, 200), 300, true), "the latest is still the latest");
  }

  @Test
  void shouldEndAnOwnerWhenItsPortIsReused() {
    KnownSockets dated = new KnownSockets(KernelSocket::cookie, new DaemonCounters());
    dated.add(ANY_V4, socket(ANY_V4, 100), SocketOwner.of(A, false));
    dated.add(ANY_V4, socket(ANY_V4, 200), SocketOwner.of(B, false));

    SocketTable table = dated.table(List.of());
    assertEquals(A, table.find(Sockets.segment(DATAGRAM, 199)));
    assertEquals(B, table.find(Sockets.segment(DATAGRAM, 201)));
  }

  @Test
  void shouldCallADatagramAmbiguousThatEitherSocketMayHaveSent() {
    known.add(ANY_V4, socket(ANY_V4, 7), SocketOwner.of(A, false).confirmed(100));
    known.close(socket(ANY_V4, 7), 200, false);
    known.add(ANY_V4, socket(ANY_V4, 8), SocketOwner.of(B, false).confirmed(300));

    SocketTable table = known.table(List.of());
    assertEquals(A, table.find(Sockets.segment(DATAGRAM, 100)));
    assertNull(table.find(Sockets.segment(DATAGRAM, 150)));
    SocketOwner either = table.giveUp(Sockets.segment(DATAGRAM, 150));
    assertEquals(UnattributedReason.AMBIGUOUS, either.reason());
    assertEquals(B, table.find(Sockets.segment(DATAGRAM, 201)));
  }

  @Test
  void shouldGiveASynToTheConnectionOfItsTime() {
    KnownSockets dated = new KnownSockets(KernelSocket::cookie, new DaemonCounters());
    dated.addClosed(socket(CONNECTION, 100), SocketOwner.of(A, false), 150);
    dated.addClosed(socket(CONNECTION, 200), SocketOwner.of(B, false), 250);

    SocketTable table = dated.table(List.of());
    Segment syn = Sockets.segment(CONNECTION, 120);
    syn.opensConnection(true);
    assertEquals(A, table.find(syn));
    assertEquals(A, table.find(Sockets.segment(CONNECTION, 160)));
    assertEquals(B, table.find(Sockets.segment(CONNECTION, 260)));
  }

  @Test
  void shouldCloseTheKeyASocketHadBeforeItWasConnected() {
    known.add(ANY_V6, socket(ANY_V6, 7), SocketOwner.of(A, false).confirmed(NOW));
    known.close(socket(DATAGRAM, 7), NOW, true);

    assertEquals(A, find(DATAGRAM, NOW));
    assertNull(find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldNotReopenAClosedSocket() {
    known.add(DATAGRAM, socket(DATAGRAM, 7), SocketOwner.of(A, false));
    known.close(socket(DATAGRAM, 7), NOW, true);
    known.add(DATAGRAM, socket(DATAGRAM, 7), SocketOwner.of(A, false));

    assertNull(find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldKnowWhetherAConnectionWasAccepted() {
    assertFalse(known.hasUnconnected(CONNECTION));
    SocketKey listener = SocketKey.bound(Protocol.TCP, 0, IpAddress.mapped(0), 80);
    known.add(listener, socket(listener, 7), SocketOwner.of(A, false));

    assertTrue(known.hasUnconnected(CONNECTION));
  }

  @Test
  void shouldNotTrustAListenersHolderBeforeAllDescriptorsWereRead() {
    SocketKey listener = SocketKey.bound(Protocol.TCP, 0, IpAddress.mapped(0), 80);
    known.add(listener, socket(listener, 7), SocketOwner.of(A, false));
    SocketTable table = known.table(List.of()).withHoldersAsOf(NOW);

    assertEquals(A, table.giveUp(Sockets.segment(CONNECTION, NOW)).process());
    SocketOwner later = table.giveUp(Sockets.segment(CONNECTION, NOW + 1));
    assertEquals(UnattributedReason.AMBIGUOUS, later.reason());
  }
}
