package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HostNetworkTest {
  private static final String ANY = "0.0.0.0";

  /**
   *
   *
   * <pre>
   *   lo    eth0 (10.0.0.1)         br0 (10.1.0.1)   bond0 (10.2.0.1)   vrf0
   *          | \____________\        |                |                  |
   *         eth0.7 (10.7.0.1) mv0   veth1            eth1               eth2 (10.3.0.1)
   *                           (10.8.0.1)
   * </pre>
   *
   * Indexes from 1 on in this order, but veth9, another port of br0, is number 3000.
   */
  private static final List<NetworkInterface> INTERFACES =
      List.of(
          new NetworkInterface(1, "lo", "", true, 0, 0, 0),
          new NetworkInterface(2, "eth0", "", false, 0, 0, 0),
          new NetworkInterface(3, "eth0.7", "vlan", false, 0, 2, 7),
          new NetworkInterface(4, "mv0", "macvlan", false, 0, 2, 0),
          new NetworkInterface(5, "br0", "bridge", false, 0, 0, 0),
          new NetworkInterface(6, "veth1", "veth", false, 5, 2, 0),
          new NetworkInterface(7, "bond0", "bond", false, 0, 0, 0),
          new NetworkInterface(8, "eth1", "", false, 7, 0, 0),
          new NetworkInterface(9, "vrf0", "vrf", false, 0, 0, 0),
          new NetworkInterface(10, "eth2", "", false, 9, 0, 0),
          new NetworkInterface(3000, "veth9", "veth", false, 5, 0, 0));

  private static final HostNetwork NETWORK =
      new HostNetwork(
          INTERFACES,
          List.of(
              Addresses.on(1, "127.0.0.1"),
              Addresses.on(2, "10.0.0.1"),
              Addresses.on(2, "fd00::1"),
              Addresses.on(3, "10.7.0.1"),
              Addresses.on(4, "10.8.0.1"),
              Addresses.on(4, "10.0.0.1"),
              Addresses.on(5, "10.1.0.1"),
              Addresses.on(7, "10.2.0.1"),
              Addresses.on(10, "10.3.0.1")),
          List.of(Addresses.on(2, "10.0.0.255")));

  @ParameterizedTest
  @CsvSource({
    // Of eth0 itself.
    "2, OUTGOING,  10.0.0.1, 8.8.8.8,         SENT,      TX",
    "2, HOST,      8.8.8.8,  10.0.0.1,        RECEIVED,  RX",
    "2, OUTGOING,  fd00::1,  2001:db8::1,     SENT,      TX",
    "2, HOST,      2001:db8::1, fd00::1,      RECEIVED,  RX",
    "2, OTHERHOST, 8.8.8.8,  10.0.0.1,        FORWARDED, RX",
    "2, OTHERHOST, 8.8.8.8,  224.0.0.251,     FORWARDED, RX",
    "2, UNKNOWN,   10.0.0.1, 8.8.8.8,         SENT,      TX",
    "2, UNKNOWN,   8.8.8.8,  10.0.0.1,        RECEIVED,  RX",
    // An address counts for every interface.
    "2, HOST,      8.8.8.8,  10.1.0.1,        RECEIVED,  RX",
    "2, OUTGOING,  10.1.0.1, 8.8.8.8,         SENT,      TX",
    // To many.
    "2, BROADCAST, 10.0.0.9, 255.255.255.255, RECEIVED,  RX",
    "2, BROADCAST, 10.0.0.9, 10.0.0.255,      RECEIVED,  RX",
    "2, BROADCAST, 10.0.0.9, 10.9.0.255,      FORWARDED, RX",
    "2, MULTICAST, 10.0.0.9, 224.0.0.1,       RECEIVED,  RX",
    "2, MULTICAST, 10.0.0.9, 239.255.255.255, RECEIVED,  RX",
    "2, MULTICAST, 10.0.0.9, 240.0.0.1,       FORWARDED, RX",
    "2, MULTICAST, fe80::9,  ff02::fb,        RECEIVED,  RX",
    "2, OUTGOING,  10.0.0.1, 224.0.0.251,     SENT,      TX",
    // Before there is an address.
    "2, OUTGOING,  0.0.0.0,  255.255.255.255, SENT,      TX",
    "2, OUTGOING,  ::,       ff02::16,        SENT,      TX",
    "2, BROADCAST, 0.0.0.0,  255.255.255.255, RECEIVED,  RX",
    // Only passing.
    "2, HOST,      8.8.8.8,  192.168.1.1,     FORWARDED, RX",
    "2, OUTGOING,  8.8.8.8,  192.168.1.1,     FORWARDED, TX",
    "2, OUTGOING,  8.8.8.8,  10.0.0.1,        FORWARDED, TX",
    "2, HOST,      10.0.0.1, 192.168.1.1,     FORWARDED, RX",
    // The loopback device shows a packet once each way, whatever its addresses.
    "1, OUTGOING,  127.0.0.1, 127.0.0.1,      SENT,      TX",
    "1, HOST,      127.0.0.1, 127.0.0.1,      RECEIVED,  RX",
    "1, OUTGOING,  ::1,       ::1,            SENT,      TX",
    "1, HOST,      ::1,       ::1,            RECEIVED,  RX",
    "1, OUTGOING,  10.0.0.1,  10.0.0.1,       SENT,      TX",
    "1, HOST,      192.0.2.1, 192.0.2.2,      RECEIVED,  RX",
    // A port of a bridge and a slave of a bond show again what the master shows.
    "5, OUTGOING,  10.1.0.1, 10.1.0.9,        SENT,      TX",
    "5, HOST,      10.1.0.9, 10.1.0.1,        RECEIVED,  RX",
    "6, OUTGOING,  10.1.0.1, 10.1.0.9,        DUPLICATE, TX",
    "6, HOST,      10.1.0.9, 10.1.0.1,        DUPLICATE, RX",
    "6, OTHERHOST, 10.1.0.9, 10.1.0.1,        DUPLICATE, RX",
    "6, MULTICAST, 10.1.0.9, 224.0.0.1,       DUPLICATE, RX",
    "6, HOST,      10.1.0.9, 10.1.0.10,       FORWARDED, RX",
    "6, OUTGOING,  10.1.0.9, 10.1.0.10,       FORWARDED, TX",
    "3000, HOST,   10.1.0.9, 10.1.0.1,        DUPLICATE, RX",
    "3000, OUTGOING, 10.1.0.9, 10.1.0.10,     FORWARDED, TX",
    "7, OUTGOING,  10.2.0.1, 10.2.0.9,        SENT,      TX",
    "8, OUTGOING,  10.2.0.1, 10.2.0.9,        DUPLICATE, TX",
    "8, HOST,      10.2.0.9, 10.2.0.1,        DUPLICATE, RX",
    // A VRF is no device on the way.
    "10, OUTGOING, 10.3.0.1, 10.3.0.9,        SENT,      TX",
    "10, HOST,     10.3.0.9, 10.3.0.1,        RECEIVED,  RX",
    // What is the macvlan's alone is counted there; an address it shares is not.
    "2, HOST,      8.8.8.8,  10.8.0.1,        DUPLICATE, RX",
    "2, OTHERHOST, 8.8.8.8,  10.8.0.1,        DUPLICATE, RX",
    "2, OUTGOING,  10.8.0.1, 8.8.8.8,         DUPLICATE, TX",
    "4, HOST,      8.8.8.8,  10.8.0.1,        RECEIVED,  RX",
    "4, OUTGOING,  10.8.0.1, 8.8.8.8,         SENT,      TX",
  })
  void shouldTellWhoseItIs(
      int seenOn, PacketType type, String from, String to, Locality locality, Direction direction) {
    Segment segment = segment(seenOn, type, 0, from, to);

    assertEquals(locality, new Sightings().locate(NETWORK, segment));
    assertEquals(direction, segment.direction());
  }

  @ParameterizedTest
  @CsvSource({
    "2, 7, OUTGOING, 10.7.0.1, 10.7.0.9, DUPLICATE",
    "2, 7, HOST,     10.7.0.9, 10.7.0.1, DUPLICATE",
    "2, 7, HOST,     10.7.0.9, 10.7.0.8, FORWARDED",
    "2, 8, HOST,     10.7.0.9, 10.7.0.1, RECEIVED",
    "2, 0, HOST,     10.7.0.9, 10.7.0.1, RECEIVED",
    "3, 0, HOST,     10.7.0.9, 10.7.0.1, RECEIVED",
    "3, 0, OUTGOING, 10.7.0.1, 10.7.0.9, SENT",
    "5, 7, OUTGOING, 10.7.0.1, 10.7.0.9, SENT"
  })
  void shouldCountAVlansPacketsOnTheVlanDevice(
      int seenOn, int vlanId, PacketType type, String from, String to, Locality locality) {
    assertEquals(
        locality, new Sightings().locate(NETWORK, segment(seenOn, type, vlanId, from, to)));
  }

  /** A capture file does not tell the interface, 0, or tells one of another host. */
  @ParameterizedTest
  @CsvSource({
    "UNKNOWN,  10.0.0.1,  8.8.8.8,   SENT",
    "UNKNOWN,  8.8.8.8,   10.0.0.1,  RECEIVED",
    "UNKNOWN,  10.0.0.1,  10.1.0.1,  BOTH",
    "UNKNOWN,  127.0.0.1, 127.9.9.9, BOTH",
    "UNKNOWN,  ::1,       ::1,       BOTH",
    "UNKNOWN,  fd00::1,   fd00::1,   BOTH",
    "HOST,     127.0.0.1, 127.0.0.1, BOTH",
    "OUTGOING, 127.0.0.1, 127.0.0.1, SENT",
    "UNKNOWN,  8.8.8.8,   224.0.0.1, RECEIVED",
    "UNKNOWN,  8.8.8.8,   9.9.9.9,   FORWARDED",
    "OTHERHOST, 8.8.8.8,  10.0.0.1,  FORWARDED"
  })
  void shouldTellByTheAddressesWhereTheInterfaceIsNotKnown(
      PacketType type, String from, String to, Locality locality) {
    for (int seenOn : new int[] {0, 99, 299, 5000, -1}) {
      assertEquals(locality, new Sightings().locate(NETWORK, segment(seenOn, type, 0, from, to)));
    }
  }

  @Test
  void shouldKnowTheLoopbackAddressesWithoutHavingLooked() {
    for (String address : List.of("127.0.0.1", "127.0.0.0", "127.255.255.255", "::1")) {
      assertTrue(isLocal(HostNetwork.UNKNOWN, address), address);
    }
    for (String address : List.of("126.255.255.255", "128.0.0.0", "::2", "::", ANY, "1::1")) {
      assertFalse(isLocal(HostNetwork.UNKNOWN, address), address);
    }
  }

  @Test
  void shouldTellIpv4FromIpv6() {
    assertTrue(isLocal(NETWORK, "10.0.0.1"));
    // The same 32 bits, but not in mapped form.
    assertFalse(isLocal(NETWORK, "::a00:1"));
    assertFalse(isLocal(NETWORK, "::7f00:1"));
  }

  private static boolean isLocal(HostNetwork network, String address) {
    InterfaceAddress parsed = Addresses.on(0, address);
    return network.isLocal(parsed.high(), parsed.low());
  }

  private static Segment segment(int seenOn, PacketType type, int vlanId, String from, String to) {
    InterfaceAddress source = Addresses.on(0, from);
    InterfaceAddress destination = Addresses.on(0, to);
    Segment segment = new Segment();
    segment.reset(seenOn, type, vlanId, 0);
    segment.addresses(source.high(), source.low(), destination.high(), destination.low());
    return segment;
  }
}
