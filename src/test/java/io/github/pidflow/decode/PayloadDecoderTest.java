package io.github.pidflow.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.DaemonCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fragments, from their headers to the ports. */
@Timeout(10)
class PayloadDecoderTest {
  private final Bench bench = new Bench();

  private static FrameBuilder v4(int id, int offset, boolean more) {
    return FrameBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").fragment(id, offset, more);
  }

  private static FrameBuilder v6(int id, int offset, boolean more) {
    return FrameBuilder.ethernet()
        .ipv6("fe80::1", "fe80::2")
        .extension(0, 8)
        .fragmentHeader(id, offset, more);
  }

  private static void assertPorts(int protocol, int source, int destination, Decoded decoded) {
    assertEquals(DecodeResult.DECODED, decoded.result());
    assertEquals(protocol, decoded.protocol());
    assertTrue(decoded.portsKnown());
    assertEquals(source, decoded.sourcePort());
    assertEquals(destination, decoded.destinationPort());
  }

  @Test
  void shouldGiveLaterIpv4FragmentsThePortsOfTheirFirst() {
    assertPorts(17, 40000, 53, bench.decode(v4(9, 0, true).udp(40000, 53).payload(8)));
    Decoded middle = bench.decode(v4(9, 16, true).protocol(17).payload(16));
    Decoded last = bench.decode(v4(9, 32, false).protocol(17).payload(3));

    assertPorts(17, 40000, 53, middle);
    assertPorts(17, 40000, 53, last);
    assertEquals(36, middle.bytes());
    assertEquals(23, last.bytes());
    bench.assertCounted();
  }

  @Test
  void shouldGiveLaterIpv6FragmentsThePortsOfTheirFirst() {
    bench.decode(v6(0x8000_0001, 0, true).udp(40000, 53).payload(8));
    Decoded last = bench.decode(v6(0x8000_0001, 16, false).protocol(17).payload(3));

    assertPorts(17, 40000, 53, last);
    assertEquals(40 + 16 + 3, last.bytes());
    bench.assertCounted();
  }

  @Test
  void shouldTakeTheProtocolFromTheFirstFragmentToo() {
    bench.decode(v4(1, 0, true).authentication(12).udp(3, 4));
    assertPorts(17, 3, 4, bench.decode(v4(1, 24, false).protocol(51).payload(8)));

    bench.decode(v6(1, 0, true).extension(60, 8).tcp(5, 6, FrameBuilder.SYN));
    Decoded later = bench.decode(v6(1, 32, false).protocol(60).payload(8));
    assertPorts(6, 5, 6, later);
    assertFalse(later.opensConnection());
    assertPorts(6, 5, 6, bench.decode(v6(1, 32, false).protocol(17).payload(8)));
    bench.assertCounted();
  }

  @Test
  void shouldNotMixUpPacketsThatDifferInAnyPartOfTheKey() {
    bench.decode(v4(9, 0, true).udp(1, 2));
    bench.decode(v6(9, 0, true).udp(1, 2));

    assertOrphan(v4(10, 8, false).protocol(17));
    assertOrphan(v4(9, 8, false).protocol(6));
    assertOrphan(
        FrameBuilder.rawIp().ipv4("10.0.0.3", "10.0.0.2").fragment(9, 8, false).protocol(17));
    assertOrphan(
        FrameBuilder.rawIp().ipv4("10.0.0.1", "10.0.0.3").fragment(9, 8, false).protocol(17));
    assertOrphan(v6(0x0001_0009, 8, false).protocol(17));
    assertOrphan(
        FrameBuilder.rawIp().ipv6("fe81::1", "fe80::2").fragmentHeader(9, 8, false).protocol(17));
    assertOrphan(
        FrameBuilder.rawIp().ipv6("fe80::1", "fe81::2").fragmentHeader(9, 8, false).protocol(17));
  }

  private void assertOrphan(FrameBuilder builder) {
    long before = bench.counts().getOrDefault(DaemonCounter.ORPHAN_FRAGMENTS, 0L);
    Decoded decoded = bench.decode(builder.payload(8));
    assertEquals(DecodeResult.DECODED, decoded.result());
    assertFalse(decoded.portsKnown());
    assertEquals(before + 1, bench.counts().get(DaemonCounter.ORPHAN_FRAGMENTS));
  }

  @Test
  void shouldForgetAFirstFragmentAfterThirtySeconds() {
    long start = 1_700_000_000_000_000_000L;
    bench.decode(v4(9, 0, true).udp(1, 2).at(start));

    assertPorts(17, 1, 2, bench.decode(v4(9, 8, false).protocol(17).at(start + 30_000_000_000L)));
    assertOrphan(v4(9, 8, false).protocol(17).at(start + 30_000_000_001L));
  }

  @Test
  void shouldNotLookForTheFirstFragmentOfWhatHasNoPorts() {
    assertPorts(47, 0, 0, bench.decode(v4(9, 8, false).protocol(47).payload(8)));
    assertPorts(50, 0, 0, bench.decode(v6(9, 8, false).protocol(50).payload(8)));
    bench.assertCounted();
  }

  @Test
  void shouldTreatAtomicFragmentsAsWhole() {
    assertPorts(17, 1, 2, bench.decode(v6(9, 0, false).udp(1, 2)));
    assertOrphan(v6(9, 8, false).protocol(17));
  }

  @Test
  void shouldNotRememberAFirstFragmentTooShortForPorts() {
    Decoded first = bench.decode(v4(9, 0, true).protocol(17).payload(3));

    assertFalse(first.portsKnown());
    bench.assertCounted(DaemonCounter.TRUNCATED_TRANSPORT);
    assertOrphan(v4(9, 8, false).protocol(17));
  }

  @Test
  void shouldRememberAnEchoId() {
    bench.decode(v4(9, 0, true).icmp(8, 321));
    assertPorts(1, 321, 0, bench.decode(v4(9, 8, false).protocol(1).payload(8)));

    bench.decode(v6(9, 0, true).icmpv6(129, 321));
    assertPorts(58, 0, 321, bench.decode(v6(9, 8, false).protocol(58).payload(8)));
    bench.assertCounted();
  }
}
