package io.github.pidflow.ownership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.sockettable.Senders;
import io.github.pidflow.sockettable.SocketOwner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SendLogTest {
  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;
  private static final ProcessInfo NMAP = ProcessInfo.named(10, "nmap");
  private static final ProcessInfo LLDPD = ProcessInfo.named(20, "lldpd");

  private final long now = BootClock.steadyNanos();
  private final SendLog log = new SendLog();

  @Test
  void shouldBeTheProcessWhoseSendIsReportedNext() {
    frame(NMAP, 142, now - MILLI);
    frame(NMAP, 142, now + 20 * MICRO);

    assertEquals(NMAP, sender(Protocol.UDP, now, 128).process());
  }

  @Test
  void shouldBeNobodyBeforeAnyReport() {
    frame(NMAP, 142, now - 10 * MICRO);
    frame(NMAP, 142, now + 30 * MILLI);

    assertNull(sender(Protocol.UDP, now, 128));
  }

  @Test
  void shouldNotBeAProcessThatSentAnotherLength() {
    frame(LLDPD, 200, now + 5 * MICRO);

    assertNull(sender(Protocol.UDP, now, 128));
    frame(NMAP, 142, now + 20 * MICRO);
    assertEquals(NMAP, sender(Protocol.UDP, now, 128).process());
  }

  @Test
  void shouldBeUnknownIfTwoMayHaveSentIt() {
    frame(NMAP, 142, now + 20 * MICRO);
    frame(LLDPD, 142, now + 60 * MICRO);

    assertEquals(UnattributedReason.PACKET_SOCKET, sender(Protocol.UDP, now, 128).reason());
  }

  @Test
  void shouldBeTheNearOfTwoIfTheOtherIsFar() {
    frame(LLDPD, 142, now + 5 * MILLI);
    frame(NMAP, 142, now + 20 * MICRO);

    assertEquals(NMAP, sender(Protocol.UDP, now, 128).process());
  }

  @ParameterizedTest
  @CsvSource({"128, true", "142, true", "146, true", "1420, true", "127, false", "200, false"})
  void shouldFitFramesByTheirHeadersOrTheirNumber(int bytes, boolean fits) {
    frame(NMAP, bytes, now);

    assertEquals(fits, sender(Protocol.UDP, now, 128) != null);
  }

  @Test
  void shouldFitPaddedFrames() {
    frame(NMAP, 60, now);

    assertEquals(NMAP, sender(Protocol.TCP, now, 40).process());
  }

  @ParameterizedTest
  @CsvSource({"1, 64, true", "1, 84, true", "255, 84, true", "58, 64, false", "1, 70, false"})
  void shouldFitRawPacketsByProtocolAndHeader(int protocol, int bytes, boolean fits) {
    log.add(NMAP.pid(), NMAP, protocol, bytes, now);

    assertEquals(fits, sender(Protocol.ICMP, now, 84) != null);
  }

  @Test
  void shouldNotCoverWhatWasForgottenEarly() {
    log.coverSince(now);
    assertTrue(log.senders(null).cover(now));
    for (int i = 0; i <= SendLog.MAX_RUNS; i++) {
      frame(NMAP, 100 + i, now + i * MICRO);
    }

    assertFalse(log.senders(null).cover(now));
    assertTrue(log.senders(null).cover(now + SendLog.MAX_RUNS * MICRO));
  }

  private void frame(ProcessInfo process, int bytes, long nanos) {
    log.add(process.pid(), process, Senders.ANY, bytes, nanos);
  }

  private SocketOwner sender(int protocol, long nanos, int bytes) {
    Segment sent = new Segment();
    sent.protocol(protocol);
    sent.addresses(0, IpAddress.mapped(0x0a000001), 0, IpAddress.mapped(0x0a000002));
    return log.senders(null).senderOf(sent, nanos, bytes);
  }
}
