package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of several sightings counts; what one sighting tells alone is in HostNetworkTest. */
@Timeout(10)
class SightingsTest {
  private static final String GROUP = "239.1.2.3";

  /** eth0 with two macvlans, ifb0, and two targets of mirrors: mon0 with an address, mon1 not. */
  private static final HostNetwork NETWORK =
      new HostNetwork(
          List.of(
              new NetworkInterface(1, "lo", "", true, 0, 0, 0),
              new NetworkInterface(2, "eth0", "", false, 0, 0, 0),
              new NetworkInterface(3, "mv0", "macvlan", false, 0, 2, 0),
              new NetworkInterface(4, "mv1", "macvlan", false, 0, 2, 0),
              new NetworkInterface(5, "ifb0", "ifb", false, 0, 0, 0),
              new NetworkInterface(6, "mon0", "veth", false, 0, 0, 0),
              new NetworkInterface(7, "mon1", "veth", false, 0, 0, 0),
              new NetworkInterface(8, "iv0", "ipvlan", false, 0, 99, 0)),
          List.of(
              Addresses.on(2, "10.0.0.1"),
              Addresses.on(3, "10.3.0.1"),
              Addresses.on(4, "10.4.0.1"),
              Addresses.on(6, "10.6.0.1"),
              Addresses.on(7, "fe80::7")),
          List.of(Addresses.on(2, "10.0.0.255")),
          List.of(),
          Set.of(6, 7));

  private final Sightings sightings = new Sightings();
  private long timeNanos;

  @ParameterizedTest
  @CsvSource({
    // Sent and received through an ifb.
    "5, OUTGOING, 10.0.0.1, 8.8.8.8,  DUPLICATE",
    "5, OUTGOING, 8.8.8.8,  10.0.0.1, DUPLICATE",
    "5, OUTGOING, 8.8.8.8,  9.9.9.9,  DUPLICATE",
    // Mirrored to a port with an address of its own.
    "6, OUTGOING, 10.0.0.1, 8.8.8.8,  DUPLICATE",
    "6, OUTGOING, 8.8.8.8,  10.0.0.1, DUPLICATE",
    "6, OUTGOING, 8.8.8.8,  9.9.9.9,  FORWARDED",
    "6, OUTGOING, 10.0.0.9, 224.0.0.22, DUPLICATE",
    "6, OUTGOING, 10.6.0.1, 8.8.8.8,  SENT",
    "6, HOST,     8.8.8.8,  10.6.0.1, RECEIVED",
    // And to one without.
    "7, OUTGOING, 10.0.0.1, 8.8.8.8,  DUPLICATE",
    "7, OUTGOING, 8.8.8.8,  10.0.0.1, DUPLICATE",
    "7, OUTGOING, 8.8.8.8,  9.9.9.9,  DUPLICATE",
    "7, OUTGOING, fe80::7,  ff02::2,  SENT",
    "7, HOST,     8.8.8.8,  10.0.0.1, RECEIVED",
  })
  void shouldCountNoCopies(int seenOn, PacketType type, String from, String to, Locality locality) {
    assertEquals(locality, see(seenOn, type, from, to, 0));
  }

  @ParameterizedTest
  @CsvSource({GROUP, "255.255.255.255", "10.0.0.255", "ff02::fb"})
  void shouldCountABroadcastOnTheFirstDeviceOfAStack(String to) {
    for (int i = 0; i < 3; i++) {
      assertEquals(Locality.RECEIVED, see(2, PacketType.MULTICAST, "10.0.0.9", to, 0));
      assertEquals(Locality.DUPLICATE, see(3, PacketType.MULTICAST, "10.0.0.9", to, 0));
      assertEquals(Locality.DUPLICATE, see(4, PacketType.MULTICAST, "10.0.0.9", to, 0));
    }
  }

  @Test
  void shouldCountABroadcastOfASiblingThatOnlyMacvlansShow() {
    assertEquals(Locality.RECEIVED, see(4, PacketType.MULTICAST, "10.9.0.9", GROUP, 0));
    assertEquals(Locality.DUPLICATE, see(3, PacketType.MULTICAST, "10.9.0.9", GROUP, 0));
    assertEquals(Locality.RECEIVED, see(3, PacketType.MULTICAST, "10.9.0.8", GROUP, 0));
  }

  @Test
  void shouldCountADiscoverOnceThatIsSentWithoutAnAddress() {
    String all = "255.255.255.255";
    assertEquals(Locality.SENT, see(3, PacketType.OUTGOING, "0.0.0.0", all, 0));
    assertEquals(Locality.DUPLICATE, see(2, PacketType.OUTGOING, "0.0.0.0", all, 0));
    // What another device receives of it is not the same sighting.
    assertEquals(Locality.RECEIVED, see(4, PacketType.BROADCAST, "0.0.0.0", all, 0));
  }

  @Test
  void shouldCountABroadcastAgainThatComesLater() {
    assertEquals(Locality.RECEIVED, see(2, PacketType.MULTICAST, "10.0.0.9", GROUP, 0));
    timeNanos = 2_000_000_000L;
    assertEquals(Locality.RECEIVED, see(3, PacketType.MULTICAST, "10.0.0.9", GROUP, 0));
  }

  @Test
  void shouldCountOnADeviceWhoseLowerOneIsElsewhere() {
    assertEquals(Locality.RECEIVED, see(8, PacketType.MULTICAST, "10.0.0.9", GROUP, 0));
    assertEquals(Locality.RECEIVED, see(8, PacketType.MULTICAST, "10.0.0.9", GROUP, 0));
    assertEquals(Locality.RECEIVED, see(2, PacketType.MULTICAST, "10.0.0.9", GROUP, 0));
  }

  @Test
  void shouldGiveEachHalfOfALoopbackPacketToOneEnd() {
    for (int i = 0; i < 3; i++) {
      for (int index : new int[] {0, 51}) {
        assertEquals(Locality.SENT, see(index, PacketType.OUTGOING, "127.0.0.1", "127.0.0.1", 5));
        assertEquals(Locality.RECEIVED, see(index, PacketType.HOST, "127.0.0.1", "127.0.0.1", 5));
        assertEquals(Locality.BOTH, see(index, PacketType.HOST, "127.0.0.1", "127.0.0.1", 5));
      }
    }
  }

  @Test
  void shouldPairHalvesThatAQueueKeptApart() {
    see(0, PacketType.OUTGOING, "127.0.0.1", "127.0.0.1", 5);
    see(0, PacketType.OUTGOING, "127.0.0.1", "127.0.0.1", 5);
    assertEquals(Locality.RECEIVED, see(0, PacketType.HOST, "127.0.0.1", "127.0.0.1", 5));
    assertEquals(Locality.RECEIVED, see(0, PacketType.HOST, "127.0.0.1", "127.0.0.1", 5));
    assertEquals(Locality.BOTH, see(0, PacketType.HOST, "127.0.0.1", "127.0.0.1", 5));
  }

  @ParameterizedTest
  @CsvSource({"50, 51", "0, 0"})
  void shouldCountWhatABondAndItsSlaveShowInAFileOnce(int bond, int slave) {
    for (int i = 1; i <= 3; i++) {
      assertEquals(Locality.SENT, see(bond, PacketType.OUTGOING, "10.0.0.1", "8.8.8.8", i));
      assertEquals(Locality.DUPLICATE, see(slave, PacketType.OUTGOING, "10.0.0.1", "8.8.8.8", i));
      assertEquals(Locality.RECEIVED, see(slave, PacketType.HOST, "8.8.8.8", "10.0.0.1", i));
      assertEquals(Locality.DUPLICATE, see(bond, PacketType.HOST, "8.8.8.8", "10.0.0.1", i));
    }
  }

  @Test
  void shouldCountAPacketThatIsSentAgain() {
    for (int i = 0; i < 3; i++) {
      assertEquals(Locality.SENT, see(50, PacketType.OUTGOING, "10.0.0.1", "8.8.8.8", 5));
      assertEquals(Locality.FORWARDED, see(50, PacketType.OUTGOING, "8.8.8.8", "9.9.9.9", 5));
    }
  }

  private Locality see(int seenOn, PacketType type, String from, String to, long contentHash) {
    InterfaceAddress source = Addresses.on(0, from);
    InterfaceAddress destination = Addresses.on(0, to);
    Segment segment = new Segment();
    segment.reset(seenOn, type, 0, timeNanos);
    segment.addresses(source.high(), source.low(), destination.high(), destination.low());
    segment.protocol(Protocol.UDP);
    segment.ports(7, 8);
    segment.bytes(100);
    if (contentHash != 0) {
      segment.content(contentHash, true);
    }
    return sightings.locate(NETWORK, segment);
  }
}
