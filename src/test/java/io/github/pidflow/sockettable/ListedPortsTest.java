package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.sockettable.SocketScan.Start;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ListedPortsTest {
  private static final long SETTLE = ListedPorts.SETTLE_NANOS;

  /** What the clock of packets is ahead of the clock of changes. */
  private static final long EPOCH = 1_000_000_000_000L;

  private static final int PORT = 53;

  private long changedNanos;

  private final ListedPorts none = ListedPorts.of(port -> port == PORT ? changedNanos : 0);

  private static boolean isCurrent(ListedPorts ports, Segment segment) {
    return ports.isCurrent(segment, segment.timestampNanos());
  }

  @Test
  void shouldBeCurrentIfThePortNeverChanged() {
    assertTrue(isCurrent(none, packet(PORT, 1)));
  }

  @Test
  void shouldNotBeCurrentBeforeAnyScan() {
    changedNanos = 1;

    assertFalse(isCurrent(none, packet(PORT, 1)));
    assertTrue(isCurrent(none, packet(PORT + 1, 1)));
  }

  @Test
  void shouldBeCurrentOnceAChangeHasSettledBeforeAScan() {
    ListedPorts scanned = scanned(10 * SETTLE);

    changedNanos = 9 * SETTLE;
    assertTrue(isCurrent(scanned, packet(PORT, 20 * SETTLE)));
    changedNanos++;
    assertFalse(isCurrent(scanned, packet(PORT, 20 * SETTLE)));
    assertFalse(scanned.isCurrent(key(PORT)));
  }

  @Test
  void shouldKnowTheSocketsOfAPacketThatIsOlderThanTheChange() {
    ListedPorts scanned = scanned(10 * SETTLE);
    changedNanos = 11 * SETTLE;

    assertTrue(isCurrent(scanned, packet(PORT, 9 * SETTLE)));
    assertFalse(isCurrent(scanned, packet(PORT, 9 * SETTLE + 1)));
  }

  @Test
  void shouldBeCurrentAfterTheListingOfThePort() {
    changedNanos = 12 * SETTLE;
    ListedPorts listed = scanned(10 * SETTLE).listed(key(PORT), listing(13 * SETTLE));

    assertTrue(isCurrent(listed, packet(PORT, 20 * SETTLE)));
    assertTrue(listed.isCurrent(key(PORT)));
    assertFalse(listed.isCurrent(key(PORT).in(1)));
    changedNanos++;
    assertFalse(isCurrent(listed, packet(PORT, 20 * SETTLE)));
    assertTrue(isCurrent(listed, packet(PORT, 12 * SETTLE)));
  }

  @Test
  void shouldKeepAListingThatIsLaterThanTheScan() {
    changedNanos = 12 * SETTLE;
    ListedPorts listed = scanned(10 * SETTLE).listed(key(PORT), listing(13 * SETTLE));

    ListedPorts again =
        listed.scanned(
            listed.bootScans().next(11 * SETTLE, Set.of()),
            ScanTimes.NONE.next(EPOCH + 11 * SETTLE, Set.of()));

    assertTrue(isCurrent(again, packet(PORT, 20 * SETTLE)));
  }

  @Test
  void shouldNotConcernConnections() {
    changedNanos = 5;
    Segment segment = packet(PORT, 1);
    segment.protocol(Protocol.TCP);

    assertTrue(isCurrent(none, segment));
    assertEquals(0, none.changedNanos(segment));
  }

  @Test
  void shouldBeCurrentWhereChangesAreNotReported() {
    assertTrue(isCurrent(ListedPorts.UNREPORTED, packet(PORT, 1)));
  }

  private ListedPorts scanned(long bootNanos) {
    return none.scanned(
        none.bootScans().next(bootNanos, Set.of()),
        ScanTimes.NONE.next(EPOCH + bootNanos, Set.of()));
  }

  private static Start listing(long bootNanos) {
    return new Start(bootNanos, EPOCH + bootNanos);
  }

  private static SocketKey key(int port) {
    return SocketKey.bound(Protocol.UDP, 0, IpAddress.mapped(0), port);
  }

  private static Segment packet(int port, long bootNanos) {
    Segment segment = new Segment();
    segment.reset(1, PacketType.HOST, 0, EPOCH + bootNanos);
    segment.protocol(Protocol.UDP);
    segment.addresses(0, IpAddress.mapped(0x0a000002), 0, IpAddress.mapped(0x0a000001));
    segment.ports(40_000, port);
    segment.direction(Direction.RX);
    return segment;
  }
}
