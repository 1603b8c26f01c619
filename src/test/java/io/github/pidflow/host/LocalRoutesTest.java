package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(10)
class LocalRoutesTest {
  private static final HostNetwork NETWORK =
      new HostNetwork(
          List.of(),
          List.of(Addresses.on(1, "10.0.0.1")),
          List.of(Addresses.on(1, "10.0.0.255")),
          List.of(
              route("127.0.0.0", 104, true),
              route("10.0.0.1", 128, true),
              route("10.0.0.255", 128, false),
              route("192.0.2.0", 120, true),
              route("192.0.2.128", 121, false),
              route("192.0.2.200", 128, true),
              route("198.51.100.7", 128, true),
              route("2001:db8::", 64, true),
              route("2001:db8::dead:0", 112, false)),
          Set.of());

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1,           true",
    "10.0.0.2,           false",
    "10.0.0.255,         false",
    "127.1.2.3,          true",
    "192.0.2.0,          true",
    "192.0.2.127,        true",
    "192.0.2.128,        false",
    "192.0.2.200,        true",
    "192.0.2.255,        false",
    "192.0.3.0,          false",
    "198.51.100.7,       true",
    "198.51.100.8,       false",
    "2001:db8::1,        true",
    "2001:db8:0:1::1,    false",
    "2001:db8::dead:1,   false",
    "2001:db8::dead:beef:1, true",
    "::c000:200,         false",
  })
  void shouldTakeTheLongestPrefixThatContainsAnAddress(String address, boolean local) {
    InterfaceAddress parsed = Addresses.on(0, address);
    assertEquals(local, NETWORK.isLocal(parsed.high(), parsed.low()));
  }

  @Test
  void shouldTakeEverythingForLocalIfTheTableDoes() {
    for (LocalRoute all : List.of(route("0.0.0.0", 96, true), route("::", 0, true))) {
      HostNetwork network =
          new HostNetwork(List.of(), List.of(), List.of(), List.of(all), Set.of());
      InterfaceAddress v4 = Addresses.on(0, "8.8.8.8");
      InterfaceAddress v6 = Addresses.on(0, "2001:db8::1");
      assertEquals(true, network.isLocal(v4.high(), v4.low()));
      assertEquals(all.prefixLength() == 0, network.isLocal(v6.high(), v6.low()));
    }
  }

  // ip route add local 192.0.2.0/24 dev lo; of the messages, what the kernel sent
  @Test
  void shouldReadRoutesOfTheLocalTableOnly() {
    String attributes = "08000f00ff00000008000100c00002000800040001000000";
    assertEquals(
        route("192.0.2.0", 120, true),
        LocalRouteMessage.parse(bytes("02180000ff03fe0200000000" + attributes)));
    assertEquals(
        route("192.0.2.0", 120, false),
        LocalRouteMessage.parse(bytes("02180000ff03fe0700000000" + attributes)));
    assertNull(LocalRouteMessage.parse(bytes("02180000fe03fe0200000000" + attributes)));
    assertNull(LocalRouteMessage.parse(bytes("02210000ff03fe0200000000" + attributes)));
    assertNull(LocalRouteMessage.parse(bytes("0a180000ff03fe0200000000" + attributes)));
    assertNull(LocalRouteMessage.parse(bytes("02180000ff03fe02")));
    assertEquals(
        route("2001:db8::", 64, true),
        LocalRouteMessage.parse(
            bytes("0a400000ff03000200000000" + "1400010020010db8000000000000000000000000")));
    assertEquals(
        route("0.0.0.0", 96, true), LocalRouteMessage.parse(bytes("02000000ff03fe0200000000")));
  }

  /** One mirror to interface 7, one redirect to interface 8. */
  @Test
  void shouldReadTargetsOfMirrorsOnly() {
    String message = "00000000" + "6c000100" + action(1, 2, 7) + action(2, 1, 8);
    Set<Integer> targets = new HashSet<>();
    MirrorMessage.parse(bytes(message), targets);
    assertEquals(Set.of(7), targets);

    for (int length = 0; length < message.length(); length += 2) {
      MirrorMessage.parse(bytes(message.substring(0, length)), new HashSet<>());
    }
  }

  private static String action(int number, int kind, int index) {
    return "3400%02x00".formatted(number)
        + "0b0001006d69727265640000"
        + "24000280"
        + "20000200"
        + "01000000000000000400000001000000010000000%x0000000%x000000".formatted(kind, index);
  }

  private static LocalRoute route(String address, int length, boolean delivers) {
    InterfaceAddress parsed = Addresses.on(0, address);
    return new LocalRoute(parsed.high(), parsed.low(), length, delivers);
  }

  private static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
