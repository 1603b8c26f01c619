package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.runtime.DaemonCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class Ipv4DecoderTest {
  private static final long SOURCE = IpAddress.mapped(0xc0a8_0001);

  private final Bench bench = new Bench();

  private static FrameBuilder ipv4() {
    return FrameBuilder.ethernet().ipv4("192.168.0.1", "192.168.0.2");
  }

  private void assertMalformed(DaemonCounter reason, int bytes, long sourceLow, Decoded decoded) {
    assertEquals(DecodeResult.MALFORMED, decoded.result());
    assertEquals(bytes, decoded.bytes());
    assertEquals(sourceLow, decoded.sourceLow());
    assertFalse(decoded.portsKnown());
    bench.assertCounted(reason);
  }

  @Test
  void shouldNotCountEthernetPadding() {
    Decoded decoded = bench.decode(ipv4().udp(1, 2).padding(18));

    assertEquals(28, decoded.bytes());
    bench.assertCounted();
  }

  @Test
  void shouldSkipOptions() {
    Decoded decoded = bench.decode(ipv4().options(40).udp(1, 2));

    assertEquals(68, decoded.bytes());
    assertEquals(1, decoded.sourcePort());
  }

  @Test
  void shouldTakeTheFrameForThePacketWhereTotalLengthIsZero() {
    Frame frame = ipv4().tcp(1, 2, FrameBuilder.ACK).length(0).frame();
    frame.bytes(frame.buffer(), 0, frame.capturedLength(), 200_014);

    Decoded decoded = bench.decode(frame);

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(200_000, decoded.bytes());
    assertEquals(2, decoded.destinationPort());
    bench.assertCounted();
  }

  @Test
  void shouldNotBelieveATotalLengthBeyondTheFrame() {
    Decoded decoded = bench.decode(ipv4().udp(1, 2).length(1500));

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(28, decoded.bytes());
    assertEquals(1, decoded.sourcePort());
    bench.assertCounted(DaemonCounter.BAD_IP_TOTAL_LENGTH);
  }

  @Test
  void shouldBelieveATotalLengthBeyondTheCapture() {
    Decoded decoded = bench.decodeCut(ipv4().udp(1, 2).payload(1000), 60);

    assertEquals(1028, decoded.bytes());
    bench.assertCounted();
  }

  @Test
  void shouldKeepWhatWasCapturedOfAFrameThatClaimsLess() {
    Frame frame = ipv4().udp(1, 2).frame();
    for (int wireLength : new int[] {-1, 0, 20}) {
      Decoded decoded =
          bench.decode(frame.bytes(frame.buffer(), 0, frame.capturedLength(), wireLength));
      assertEquals(28, decoded.bytes());
      assertEquals(1, decoded.sourcePort());
    }
    bench.assertCounted();
  }

  @Test
  void shouldRefuseATotalLengthShorterThanTheHeader() {
    Decoded decoded = bench.decode(ipv4().options(4).udp(1, 2).length(23));

    assertMalformed(DaemonCounter.BAD_IP_TOTAL_LENGTH, 32, SOURCE, decoded);
  }

  @Test
  void shouldAcceptAPacketThatIsOnlyAHeader() {
    Decoded decoded = bench.decode(ipv4().protocol(50));

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(20, decoded.bytes());
    assertEquals(50, decoded.protocol());
    assertTrue(decoded.portsKnown());
    bench.assertCounted();
  }

  @Test
  void shouldRefuseAHeaderLengthBelowFiveWords() {
    Decoded decoded = bench.decode(ipv4().udp(1, 2).ipByte(0, 0x44));

    assertMalformed(DaemonCounter.BAD_IP_HEADER_LENGTH, 28, SOURCE, decoded);
  }

  @Test
  void shouldRefuseAnotherVersion() {
    Decoded decoded = bench.decode(ipv4().udp(1, 2).length(28).ipByte(0, 0x65));

    assertMalformed(DaemonCounter.BAD_IP_VERSION, 28, 0, decoded);
  }

  @Test
  void shouldRefuseARawPacketOfNoVersion() {
    Decoded decoded =
        bench.decode(
            FrameBuilder.rawIp()
                .ipv4("192.168.0.1", "192.168.0.2")
                .udp(1, 2)
                .length(28)
                .ipByte(0, 0x55));

    assertMalformed(DaemonCounter.BAD_IP_VERSION, 28, 0, decoded);
  }

  @Test
  void shouldCountWireBytesOfAHeaderCutShort() {
    Decoded decoded = bench.decodeCut(ipv4().udp(1, 2).payload(100), 14 + 19);

    assertMalformed(DaemonCounter.TRUNCATED_IP, 128, 0, decoded);
  }

  @Test
  void shouldReadTheAddressesOfAHeaderCutWithinItsOptions() {
    Decoded decoded = bench.decodeCut(ipv4().options(8).udp(1, 2).payload(100), 14 + 27);

    assertMalformed(DaemonCounter.TRUNCATED_IP, 136, SOURCE, decoded);
  }

  @Test
  void shouldTreatAnEmptyPacketAsCutShort() {
    assertMalformed(DaemonCounter.TRUNCATED_IP, 0, 0, bench.decode(FrameBuilder.rawIp()));
  }

  @Test
  void shouldNotTakePaddingForPorts() {
    Decoded decoded = bench.decode(ipv4().protocol(17).padding(26));

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertFalse(decoded.portsKnown());
    assertEquals(20, decoded.bytes());
    bench.assertCounted(DaemonCounter.TRUNCATED_TRANSPORT);
  }

  @Test
  void shouldWalkThroughAuthenticationHeaders() {
    Decoded decoded = bench.decode(ipv4().authentication(24).authentication(12).udp(1, 2));

    assertEquals(17, decoded.protocol());
    assertEquals(2, decoded.destinationPort());
    assertEquals(64, decoded.bytes());
  }

  @Test
  void shouldStopAtTooManyAuthenticationHeaders() {
    FrameBuilder most = ipv4();
    FrameBuilder tooMany = ipv4();
    for (int i = 0; i < 16; i++) {
      most.authentication(12);
      tooMany.authentication(12);
    }

    assertEquals(17, bench.decode(most.udp(1, 2)).protocol());
    Decoded decoded = bench.decode(tooMany.authentication(12).udp(1, 2));

    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(51, decoded.protocol());
    assertFalse(decoded.portsKnown());
    bench.assertCounted(DaemonCounter.EXTENSION_HEADERS_TOO_MANY);
  }

  @Test
  void shouldLeaveIpv6ExtensionNumbersAlone() {
    for (int protocol : new int[] {0, 43, 44, 60, 135, 139, 140}) {
      Decoded decoded = bench.decode(ipv4().protocol(protocol).payload(40));
      assertEquals(protocol, decoded.protocol());
      assertTrue(decoded.portsKnown());
    }
    bench.assertCounted();
  }
}
