package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.runtime.DaemonCounter;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class LinkLayerTest {
  private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  private final Bench bench = new Bench();

  static Stream<Arguments> everyLink() {
    return Stream.of(
        link("ethernet", 0, FrameBuilder::ethernet),
        link("tagged", 5, () -> FrameBuilder.ethernet().vlan(0x8100, 5)),
        link("priority-tagged", 0, () -> FrameBuilder.ethernet().vlan(0x8100, 0xe000)),
        link("802.1ad", 9, () -> FrameBuilder.ethernet().vlan(0x88a8, 9).vlan(0x8100, 5)),
        link(
            "three tags",
            0xfff,
            () -> FrameBuilder.ethernet().vlan(0x9100, 0xffff).vlan(0x9100, 8).vlan(0x8100, 5)),
        link("moved tag", 6, () -> FrameBuilder.ethernet().movedVlan(0x2006)),
        link(
            "moved tag before another",
            6,
            () -> FrameBuilder.ethernet().movedVlan(6).vlan(0x8100, 5)),
        link("moved priority tag", 0, () -> FrameBuilder.ethernet().movedVlan(0).vlan(0x8100, 5)),
        link("raw", 0, FrameBuilder::rawIp),
        link("network", 0, FrameBuilder::network),
        link("network, tagged", 3, () -> FrameBuilder.network().vlan(0x88a8, 3).vlan(0x8100, 4)),
        link("network, moved tag", 3, () -> FrameBuilder.network().movedVlan(3)),
        link("sll", 0, () -> FrameBuilder.sll(0)),
        link("sll, tagged", 12, () -> FrameBuilder.sll(0).vlan(0x8100, 12)),
        link("sll2", 0, () -> FrameBuilder.sll2(FrameBuilder.INTERFACE_INDEX, 0)),
        link(
            "sll2, tagged",
            12,
            () -> FrameBuilder.sll2(FrameBuilder.INTERFACE_INDEX, 0).vlan(0x88a8, 12)));
  }

  private static Arguments link(String name, int vlanId, Supplier<FrameBuilder> builder) {
    return Arguments.of(name, vlanId, builder);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyLink")
  void shouldFindIpv4BehindEveryLinkHeader(String name, int vlanId, Supplier<FrameBuilder> link) {
    Decoded decoded =
        bench.decode(link.get().ipv4("10.0.0.1", "10.0.0.2").udp(5000, 53).payload(4).at(99));

    Decoded expected =
        new Decoded(
            DecodeResult.DECODED,
            FrameBuilder.INTERFACE_INDEX,
            PacketType.HOST,
            vlanId,
            99,
            17,
            0,
            IpAddress.mapped(0x0a00_0001),
            0,
            IpAddress.mapped(0x0a00_0002),
            5000,
            53,
            true,
            false,
            false,
            32);
    assertEquals(expected, decoded, name);
    assertEquals(Map.of(DaemonCounter.FRAMES, 1L), bench.counts());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyLink")
  void shouldFindIpv6BehindEveryLinkHeader(String name, int vlanId, Supplier<FrameBuilder> link) {
    Decoded decoded =
        bench.decode(
            link.get().ipv6("2001:db8::1", "fe80::ff").tcp(40000, 443, FrameBuilder.SYN).at(5));

    Decoded expected =
        new Decoded(
            DecodeResult.DECODED,
            FrameBuilder.INTERFACE_INDEX,
            PacketType.HOST,
            vlanId,
            5,
            6,
            0x2001_0db8_0000_0000L,
            1,
            0xfe80_0000_0000_0000L,
            0xff,
            40000,
            443,
            true,
            true,
            false,
            60);
    assertEquals(expected, decoded, name);
  }

  @Test
  void shouldReadLoopbackFamiliesInEitherOrder() {
    assertDecoded(FrameBuilder.nullLoopback(BIG, 2).ipv4("127.0.0.1", "127.0.0.1"));
    assertDecoded(FrameBuilder.nullLoopback(LITTLE, 2).ipv4("127.0.0.1", "127.0.0.1"));
    assertDecoded(FrameBuilder.loop(2).ipv4("127.0.0.1", "127.0.0.1"));
    for (int inet6 : new int[] {10, 24, 28, 30}) {
      assertDecoded(FrameBuilder.nullLoopback(BIG, inet6).ipv6("::1", "::1"));
      assertDecoded(FrameBuilder.nullLoopback(LITTLE, inet6).ipv6("::1", "::1"));
      assertDecoded(FrameBuilder.loop(inet6).ipv6("::1", "::1"));
    }
  }

  private void assertDecoded(FrameBuilder builder) {
    Decoded decoded = bench.decode(builder.udp(1, 2));
    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(1, decoded.sourcePort());
  }

  @Test
  void shouldNotTakeOtherFamiliesForIp() {
    for (FrameBuilder builder :
        new FrameBuilder[] {
          FrameBuilder.nullLoopback(BIG, 0),
          FrameBuilder.nullLoopback(BIG, 7),
          FrameBuilder.nullLoopback(LITTLE, 23),
          FrameBuilder.nullLoopback(BIG, 0x0200_0002),
          FrameBuilder.loop(1),
          FrameBuilder.loop(0x0200_0000),
        }) {
      assertEquals(DecodeResult.NOT_IP, bench.decode(builder.payload(40)).result());
    }
    assertEquals(Map.of(DaemonCounter.FRAMES, 6L, DaemonCounter.FRAMES_NOT_IP, 6L), bench.counts());
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0806, 0x8847, 0x8864, 0x88cc, 0x05dc, 0x0026, 0})
  void shouldNotTakeOtherEtherTypesForIp(int etherType) {
    Decoded decoded = bench.decode(FrameBuilder.ethernet().etherType(etherType).payload(46));

    assertEquals(DecodeResult.NOT_IP, decoded.result());
    assertEquals(0, decoded.bytes());
    bench.assertCounted(DaemonCounter.FRAMES_NOT_IP);
  }

  @Test
  void shouldForgetThePacketBeforeOneThatIsNotIp() {
    bench.decode(FrameBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2));
    Decoded decoded = bench.decode(FrameBuilder.ethernet().etherType(0x0806).payload(28));

    assertEquals(0, decoded.bytes());
    assertEquals(0, decoded.sourceLow());
    assertEquals(0, decoded.sourcePort());
    assertEquals(0, decoded.protocol());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 255})
  void shouldTakePacketTypeFromCookedHeaders(int code) {
    PacketType expected = code < 5 ? PacketType.values()[code] : PacketType.UNKNOWN;

    Decoded sll = bench.decode(FrameBuilder.sll(code).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2));
    assertEquals(expected, sll.packetType());
    assertEquals(FrameBuilder.INTERFACE_INDEX, sll.interfaceIndex());

    Decoded sll2 =
        bench.decode(FrameBuilder.sll2(0x12345, code).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2));
    assertEquals(expected, sll2.packetType());
    assertEquals(0x12345, sll2.interfaceIndex());
  }

  @Test
  void shouldCountFramesCutWithinTheirLinkHeader() {
    int frames = 0;
    for (FrameBuilder builder :
        new FrameBuilder[] {
          FrameBuilder.ethernet(),
          FrameBuilder.ethernet().vlan(0x8100, 5).vlan(0x8100, 6),
          FrameBuilder.sll(4).vlan(0x8100, 5),
          FrameBuilder.sll2(3, 4),
          FrameBuilder.nullLoopback(LITTLE, 2),
          FrameBuilder.loop(2),
          FrameBuilder.network().vlan(0x8100, 5),
        }) {
      int linkLength = builder.bytes().length;
      builder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2);
      for (int length = 0; length < linkLength; length++) {
        Decoded decoded = bench.decodeCut(builder, length);
        assertEquals(DecodeResult.NOT_IP, decoded.result());
        assertEquals(0, decoded.bytes());
        frames++;
      }
    }
    assertEquals(
        Map.of(DaemonCounter.FRAMES, (long) frames, DaemonCounter.TRUNCATED_LINK, (long) frames),
        bench.counts());
  }
}
