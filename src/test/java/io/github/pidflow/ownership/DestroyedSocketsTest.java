package io.github.pidflow.ownership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets the kernel tells of only when it destroys them. */
@Timeout(10)
class DestroyedSocketsTest {
  private static final long NOW = 1_700_000_000_000_000_000L;
  private static final ProcessInfo A = ProcessInfo.named(10, "a");
  private static final ProcessInfo B = ProcessInfo.named(20, "b");
  private static final SocketKey CONNECTION =
      Sockets.connected(Protocol.TCP, "10.0.0.1", 80, "10.0.0.2", 4000);
  private static final SocketKey ANY_V6 = SocketKey.bound(Protocol.UDP, 0, 0, 53);
  private static final SocketKey ANY_V4 = SocketKey.bound(Protocol.UDP, 0, Segment.mapped(0), 53);
  private static final SocketKey DATAGRAM =
      Sockets.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4000);

  private final KnownSockets known = new KnownSockets();

  private static OpenSocket socket(SocketKey key, long cookie) {
    return new OpenSocket(key, cookie, cookie, false);
  }

  private ProcessInfo find(SocketKey key, long nanos) {
    return known.table(List.of()).find(Sockets.segment(key, nanos));
  }

  @Test
  void shouldCoverWhatAnUnknownSocketSentBeforeItsEnd() {
    OpenSocket destroyed = socket(ANY_V4, 7);
    assertTrue(known.lacksOwner(destroyed));

    known.learnClosed(destroyed, SocketOwner.of(A, false), NOW);

    assertEquals(A, find(DATAGRAM, NOW));
    assertNull(find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldNotTakeNewsOfASocketWhosePortAnotherHasNow() {
    known.learn(ANY_V4, socket(ANY_V4, 8), SocketOwner.of(B, false));

    assertFalse(known.lacksOwner(socket(ANY_V4, 7)));
    assertFalse(known.destroyed(socket(ANY_V4, 7), NOW));
    assertEquals(B, find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldNotAskForTheOwnerOfASocketThatHasOne() {
    known.learn(CONNECTION, socket(CONNECTION, 7), SocketOwner.of(A, false));

    assertFalse(known.lacksOwner(socket(CONNECTION, 7)));
  }

  @Test
  void shouldTakeTheNextOwnerOfADualStackPortForIpv4Too() {
    known.learn(ANY_V6, socket(ANY_V6, 7), SocketOwner.of(A, false));
    known.destroyed(socket(ANY_V6, 7), NOW);

    known.learn(ANY_V6, socket(ANY_V6, 8), SocketOwner.of(B, false));

    assertEquals(B, find(DATAGRAM, NOW + 1));
  }

  @Test
  void shouldLeaveIpv4ToTheSocketThatIsBoundThere() {
    known.learn(ANY_V4, socket(ANY_V4, 7), SocketOwner.of(A, false));

    known.learn(ANY_V6, socket(ANY_V6, 8), SocketOwner.of(B, false));

    assertEquals(A, find(DATAGRAM, NOW));
  }

  @Test
  void shouldNameTheSoleListenerAsAcceptor() {
    SocketKey listener = SocketKey.bound(Protocol.TCP, 0, Segment.mapped(0), 80);
    known.learn(listener, socket(listener, 7), SocketOwner.of(A, false));

    assertEquals(Optional.of(A), known.acceptor(CONNECTION).map(SocketOwner::process));
  }

  @Test
  void shouldNameNobodyWhereSeveralCouldHaveAccepted() {
    SocketKey listener = SocketKey.bound(Protocol.TCP, 0, Segment.mapped(0), 80);
    known.learn(listener, socket(listener, 7), SocketOwner.of(A, true));

    assertEquals(Optional.empty(), known.acceptor(CONNECTION));
  }
}
