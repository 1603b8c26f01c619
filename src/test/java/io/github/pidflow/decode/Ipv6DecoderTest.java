package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.runtime.DaemonCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class Ipv6DecoderTest {
  private final Bench bench = new Bench();

  private static FrameBuilder ipv6() {
    return FrameBuilder.ethernet().ipv6("2001:db8::1", "2001:db8::2");
  }

  private void assertMalformed(DaemonCounter reason, int bytes, Decoded decoded) {
    assertEquals(DecodeResult.MALFORMED, decoded.result());
    assertEquals(bytes, decoded.bytes());
    assertEquals(0, decoded.sourceHigh());
    assertFalse(decoded.portsKnown());
    bench.assertCounted(reason);
  }

  @Test
  void shouldNotCountEthernetPadding() {
    assertEquals(48, bench.decode(ipv6().udp(1, 2).padding(10)).bytes());
    bench.assertCounted();
  }

  @Test
  void shouldWalkThroughEveryExtensionHeader() {
    Decoded decoded =
        bench.decode(
            ipv6()
                .extension(0, 8)
                .extension(43, 24)
                .fragmentHeader(1, 0, false)
                .authentication(24)
                .extension(60, 16)
                .extension(135, 8)
                .extension(139, 40)
                .extension(140, 8)
                .udp(1, 2));

    assertEquals(17, decoded.protocol());
    assertEquals(1, decoded.sourcePort());
    assertEquals(40 + 136 + 8, decoded.bytes());
    bench.assertCounted();
  }

  @Test
  void shouldStopAtTooManyExtensionHeaders() {
    FrameBuilder most = ipv6();
    FrameBuilder tooMany = ipv6();
    for (int i = 0; i < 16; i++) {
      most.extension(60, 8);
      tooMany.extension(60, 8);
    }

    assertTrue(bench.decode(most.udp(1, 2)).portsKnown());
    Decoded decoded = bench.decode(tooMany.extension(60, 8).udp(1, 2));

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertFalse(decoded.portsKnown());
    assertEquals(60, decoded.protocol());
    assertEquals(40 + 17 * 8 + 8, decoded.bytes());
    bench.assertCounted(DaemonCounter.EXTENSION_HEADERS_TOO_MANY);
  }

  @Test
  void shouldKnowThatNoNextHeaderHasNoPorts() {
    Decoded decoded = bench.decode(ipv6().extension(60, 8).protocol(59));

    assertEquals(59, decoded.protocol());
    assertTrue(decoded.portsKnown());
    assertEquals(0, decoded.sourcePort());
    assertEquals(48, decoded.bytes());
    bench.assertCounted();
  }

  @Test
  void shouldTakeTheFrameForThePacketOfAJumbogram() {
    Frame frame = ipv6().extension(0, 8).tcp(1, 2, FrameBuilder.ACK).length(0).frame();
    frame.bytes(frame.buffer(), 0, frame.capturedLength(), 150_014);

    Decoded decoded = bench.decode(frame);

    assertEquals(150_000, decoded.bytes());
    assertEquals(1, decoded.sourcePort());
    bench.assertCounted();
  }

  @Test
  void shouldTakeTheFrameForThePacketWhereTcpHasNoLength() {
    Frame frame = ipv6().tcp(1, 2, FrameBuilder.ACK).length(0).frame();
    frame.bytes(frame.buffer(), 0, frame.capturedLength(), 150_014);

    Decoded decoded = bench.decode(frame);

    assertEquals(150_000, decoded.bytes());
    assertEquals(1, decoded.sourcePort());
  }

  @Test
  void shouldBelieveAnEmptyPayloadOfOtherProtocols() {
    Decoded decoded = bench.decode(ipv6().protocol(17).length(0).padding(20));

    assertEquals(40, decoded.bytes());
    assertFalse(decoded.portsKnown());
    bench.assertCounted(DaemonCounter.TRUNCATED_TRANSPORT);
  }

  @Test
  void shouldNotBelieveAPayloadLengthBeyondTheFrame() {
    Decoded decoded = bench.decode(ipv6().udp(1, 2).length(1400));

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(48, decoded.bytes());
    assertEquals(2, decoded.destinationPort());
    bench.assertCounted(DaemonCounter.BAD_IP_TOTAL_LENGTH);
  }

  @Test
  void shouldRefuseAnotherVersion() {
    Decoded decoded = bench.decode(ipv6().udp(1, 2).length(8).ipByte(0, 0x45));

    assertMalformed(DaemonCounter.BAD_IP_VERSION, 48, decoded);
  }

  @Test
  void shouldCountWireBytesOfAHeaderCutShort() {
    Decoded decoded = bench.decodeCut(ipv6().udp(1, 2).payload(100), 14 + 39);

    assertMalformed(DaemonCounter.TRUNCATED_IP, 148, decoded);
  }

  @Test
  void shouldDecodeAPacketCutWithinItsExtensionHeaders() {
    Decoded decoded = bench.decodeCut(ipv6().extension(0, 8).extension(60, 8).udp(1, 2), 14 + 55);

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(60, decoded.protocol());
    assertEquals(64, decoded.bytes());
    assertFalse(decoded.portsKnown());
    bench.assertCounted(DaemonCounter.TRUNCATED_TRANSPORT);
  }

  @Test
  void shouldSurviveAnExtensionHeaderLongerThanThePacket() {
    Decoded decoded = bench.decode(ipv6().extension(60, 8).udp(1, 2).ipByte(41, 255));

    assertEquals(17, decoded.protocol());
    assertFalse(decoded.portsKnown());
    bench.assertCounted(DaemonCounter.TRUNCATED_TRANSPORT);
  }
}
