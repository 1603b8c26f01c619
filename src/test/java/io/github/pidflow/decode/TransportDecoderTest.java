package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.DaemonCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class TransportDecoderTest {
  private final Bench bench = new Bench();

  private static FrameBuilder ipv4() {
    return FrameBuilder.rawIp().ipv4("10.1.2.3", "10.3.2.1");
  }

  private static FrameBuilder ipv6() {
    return FrameBuilder.rawIp().ipv6("fe80::1", "ff02::1");
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 17, 33, 132, 136})
  void shouldReadPortsFromTheFirstFourBytes(int protocol) {
    Decoded decoded = bench.decode(ipv4().ports(protocol, 65535, 32768));
    assertEquals(protocol, decoded.protocol());
    assertEquals(65535, decoded.sourcePort());
    assertEquals(32768, decoded.destinationPort());
    assertTrue(decoded.portsKnown());
    bench.assertCounted();

    Decoded cut = bench.decodeCut(ipv6().ports(protocol, 1, 2), 43);
    assertEquals(DecodeResult.DECODED, cut.result());
    assertFalse(cut.portsKnown());
    assertEquals(protocol, cut.protocol());
    bench.assertCounted(DaemonCounter.TRUNCATED_TRANSPORT);
  }

  @ParameterizedTest
  @CsvSource({"2, true", "0x12, false", "0x10, false", "0xc2, true", "4, false", "0x03, true"})
  void shouldTellASynFromTheRest(String flags, boolean opens) {
    Decoded decoded = bench.decode(ipv4().tcp(1, 2, Integer.decode(flags)));

    assertEquals(opens, decoded.opensConnection());
  }

  @Test
  void shouldKnowThePortsOfATcpHeaderCutBeforeItsFlags() {
    FrameBuilder syn = ipv4().tcp(1, 2, FrameBuilder.SYN);

    Decoded cut = bench.decodeCut(syn, 33);
    assertEquals(2, cut.destinationPort());
    assertTrue(cut.portsKnown());
    assertFalse(cut.opensConnection());
    assertTrue(bench.decodeCut(syn, 34).opensConnection());
    bench.assertCounted();
  }

  @Test
  void shouldNotTakeTheFlagsOfOtherProtocolsForASyn() {
    assertFalse(
        bench.decode(ipv4().ports(132, 1, 2).payload(9).ports(132, 0x0202, 0)).opensConnection());
  }

  @Test
  void shouldPutAnEchoIdOnTheSideOfItsSocket() {
    assertPorts(0x8001, 0, bench.decode(ipv4().icmp(8, 0x8001)));
    assertPorts(0, 0x8001, bench.decode(ipv4().icmp(0, 0x8001)));
    assertPorts(0x8001, 0, bench.decode(ipv6().icmpv6(128, 0x8001)));
    assertPorts(0, 0x8001, bench.decode(ipv6().icmpv6(129, 0x8001)));
    bench.assertCounted();
  }

  @Test
  void shouldGiveOtherIcmpMessagesNoPorts() {
    assertPorts(0, 0, bench.decode(ipv4().icmp(3, 77)));
    assertPorts(0, 0, bench.decode(ipv4().icmp(128, 77)));
    assertPorts(0, 0, bench.decode(ipv6().icmpv6(135, 77)));
    assertPorts(0, 0, bench.decode(ipv6().icmpv6(8, 77)));
    assertPorts(0, 0, bench.decodeCut(ipv4().icmp(3, 77), 21));
    bench.assertCounted();
  }

  @Test
  void shouldCountAnEchoCutBeforeItsId() {
    assertFalse(bench.decodeCut(ipv4().icmp(8, 77), 25).portsKnown());
    assertFalse(bench.decodeCut(ipv6().icmpv6(129, 77), 45).portsKnown());
    assertFalse(bench.decodeCut(ipv4().icmp(3, 77), 20).portsKnown());
    bench.assertCounted(
        DaemonCounter.TRUNCATED_TRANSPORT,
        DaemonCounter.TRUNCATED_TRANSPORT,
        DaemonCounter.TRUNCATED_TRANSPORT);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 47, 50, 112, 255})
  void shouldGiveOtherProtocolsNoPorts(int protocol) {
    Decoded decoded = bench.decode(ipv4().protocol(protocol).payload(30));

    assertEquals(protocol, decoded.protocol());
    assertPorts(0, 0, decoded);
    bench.assertCounted();
  }

  private static void assertPorts(int source, int destination, Decoded decoded) {
    assertEquals(DecodeResult.DECODED, decoded.result());
    assertTrue(decoded.portsKnown());
    assertEquals(source, decoded.sourcePort());
    assertEquals(destination, decoded.destinationPort());
  }
}
