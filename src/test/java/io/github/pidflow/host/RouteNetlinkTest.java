package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RouteNetlinkTest {
  /** A VLAN device, made by hand: the kernel the others were recorded on has none. */
  private static final String VLAN =
      "0000010009000000431000000000000008000300766c377808000500020000002c001200"
          + "09000100766c616e00000000" // IFLA_INFO_KIND "vlan"
          + "1c00020006000100070000000c000200010000000100000000000000"; // IFLA_INFO_DATA, id 7

  /** A Geneve device, made by hand for the same reason. */
  private static final String GENEVE =
      "000001000a000000021000000000000008000300676e30001c001200"
          + "0b00010067656e6576650000" // IFLA_INFO_KIND "geneve"
          + "0c000200" // IFLA_INFO_DATA
          + "0600050017c10000"; // IFLA_GENEVE_PORT 6081, in network order

  // RTM_NEWADDR of: ip addr add 10.1.2.3/24 broadcast + dev br0
  private static final String IPV4 =
      "0218800002000000080001000a010203080002000a010203080004000a0102ff0800030062723000"
          + "080008008000000014000600ffffffffffffffff4a6f09004a6f0900";
  // ip addr add 10.9.0.1 peer 10.9.0.2 dev t0
  private static final String POINT_TO_POINT =
      "0220800006000000080001000a090002080002000a0900010700030074300000"
          + "080008008000000014000600ffffffffffffffff4a6f09004a6f0900";
  // ip addr add fd00::5/64 dev br0
  private static final String IPV6 =
      "0a40c0000200000014000100fd000000000000000000000000000005"
          + "14000600ffffffffffffffff4a6f09004a6f090008000800c0000000";

  private final List<InterfaceAddress> addresses = new ArrayList<>();
  private final List<InterfaceAddress> broadcasts = new ArrayList<>();

  @Test
  void shouldReadEveryKindOfLink() {
    assertEquals(new NetworkInterface(1, "lo", "", true, 0, 0, 0), recorded("lo"));
    assertEquals(new NetworkInterface(2, "br0", "bridge", false, 0, 0, 0), recorded("br0"));
    assertEquals(new NetworkInterface(4, "v0", "veth", false, 2, 3, 0), recorded("v0"));
    assertEquals(new NetworkInterface(5, "mv0", "macvlan", false, 0, 3, 0), recorded("mv0"));
    assertEquals(new NetworkInterface(6, "t0", "tun", false, 0, 0, 0), recorded("t0"));
    assertEquals(
        new NetworkInterface(9, "vl7x", "vlan", false, 0, 2, 7),
        RouteNetlink.parseLink(bytes(VLAN)));
  }

  @Test
  void shouldReadThePortOfATunnel() {
    assertEquals(new NetworkInterface(2, "vx0", "vxlan", false, 0, 0, 0, 4789), recorded("vx0"));
    assertEquals(
        new NetworkInterface(10, "gn0", "geneve", false, 0, 0, 0, 6081),
        RouteNetlink.parseLink(bytes(GENEVE)));
  }

  @Test
  void shouldNotTakeALinkOfAnotherNamespaceForALowerInterface() {
    ByteBuffer message = bytes(VLAN + "0800250000000000"); // IFLA_LINK_NETNSID 0

    assertEquals(
        new NetworkInterface(9, "vl7x", "vlan", false, 0, 0, 7), RouteNetlink.parseLink(message));
  }

  @Test
  void shouldReadAddressesAndBroadcasts() {
    parseAddress(bytes(IPV4));
    parseAddress(bytes(POINT_TO_POINT));
    parseAddress(bytes(IPV6));

    assertEquals(
        List.of(
            Addresses.on(2, "10.1.2.3"), Addresses.on(6, "10.9.0.1"), Addresses.on(2, "fd00::5")),
        addresses);
    assertEquals(List.of(Addresses.on(2, "10.1.2.255")), broadcasts);
  }

  @Test
  void shouldReadOfACutLinkWhatIsWhole() {
    for (ByteBuffer message : List.of(RecordedLinks.of("mv0"), bytes(VLAN))) {
      NetworkInterface whole = RouteNetlink.parseLink(message);
      for (int length = 16; length < message.limit(); length++) {
        NetworkInterface cut = RouteNetlink.parseLink(alone(message, length));
        assertEquals(whole.index(), cut.index());
        assertTrue(cut.name().isEmpty() || cut.name().equals(whole.name()), cut.name());
        assertTrue(cut.kind().isEmpty() || cut.kind().equals(whole.kind()), cut.kind());
        assertTrue(cut.lowerIndex() == 0 || cut.lowerIndex() == whole.lowerIndex());
        assertTrue(cut.vlanId() == 0 || cut.vlanId() == whole.vlanId());
      }
    }
  }

  @Test
  void shouldReadOfACutAddressWhatIsWhole() {
    for (String message : List.of(IPV4, IPV6)) {
      ByteBuffer whole = bytes(message);
      addresses.clear();
      parseAddress(whole);
      InterfaceAddress address = addresses.get(0);
      for (int length = 8; length < whole.limit(); length++) {
        addresses.clear();
        parseAddress(alone(whole, length));
        boolean there = length >= 8 + 4 + (message.equals(IPV4) ? 4 : 16);
        assertEquals(there ? List.of(address) : List.of(), addresses, "cut to " + length);
      }
    }
  }

  @Test
  void shouldStandAnyLyingLength() {
    Random random = new Random(1);
    List<ByteBuffer> messages =
        List.of(RecordedLinks.of("v0"), bytes(VLAN), bytes(IPV4), bytes(IPV6));
    for (int i = 0; i < 100_000; i++) {
      ByteBuffer message = messages.get(i % messages.size());
      ByteBuffer broken = alone(message, message.limit());
      for (int j = 0; j < 4; j++) {
        int at = random.nextInt(Math.min(broken.limit(), 200));
        broken.put(at, (byte) random.nextInt(32));
      }
      RouteNetlink.parseLink(broken);
      parseAddress(broken);
    }
    assertFalse(addresses.isEmpty());
  }

  @Test
  void shouldReadThisMachineAsTheJdkDoes() throws Exception {
    try (RouteNetlink route = RouteNetlink.open()) {
      HostNetwork network = route.read();

      int checked = 0;
      for (var expected : java.net.NetworkInterface.networkInterfaces().toList()) {
        NetworkInterface actual =
            network.interfaces().stream()
                .filter(each -> each.index() == expected.getIndex())
                .findFirst()
                .orElseThrow();
        assertEquals(expected.getName(), actual.name());
        assertEquals(expected.isLoopback(), actual.loopback());
        for (var address : expected.inetAddresses().toList()) {
          InterfaceAddress local = Addresses.on(0, address);
          assertTrue(network.isLocal(local.high(), local.low()), address.toString());
          checked++;
        }
      }
      assertTrue(checked > 0);
    }
  }

  private void parseAddress(ByteBuffer message) {
    RouteNetlink.parseAddress(message, addresses, broadcasts);
  }

  private static NetworkInterface recorded(String name) {
    return RouteNetlink.parseLink(RecordedLinks.of(name));
  }

  private static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A copy with nothing behind it, so that a read beyond its end fails. */
  private static ByteBuffer alone(ByteBuffer message, int length) {
    byte[] copy = new byte[length];
    message.get(0, copy);
    return ByteBuffer.wrap(copy).order(message.order());
  }
}
