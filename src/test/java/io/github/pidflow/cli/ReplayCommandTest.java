package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.metering.PcapFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Capture files of known bytes, and what replay says they were. */
@Timeout(60)
class ReplayCommandTest {
  // Packet types of a cooked capture.
  private static final int HOST = 0;
  private static final int OUTGOING = 4;

  private static final String HERE = "10.0.0.5";
  private static final String THERE = "192.0.2.7";
  private static final String NGINX_RX =
      "pidflow_bytes_total{pid=\"812\",comm=\"nginx\",direction=\"rx\",}";
  private static final String NGINX_TX =
      "pidflow_bytes_total{pid=\"812\",comm=\"nginx\",direction=\"tx\",}";

  @TempDir Path folder;
  private Path capture;
  private Path sockets;
  private Terminal replay;

  @BeforeEach
  void nameFiles() throws IOException {
    capture = folder.resolve("capture.pcap");
    sockets =
        Files.writeString(
            folder.resolve("sockets"),
            """
            # protocol  local end       remote end        pid  comm
            tcp         10.0.0.5:443    192.0.2.7:51000   812  nginx
            udp         0.0.0.0:53      *                 77   dnsmasq
            tcp         127.0.0.1:7000  127.0.0.1:7001    21   left end
            tcp         127.0.0.1:7001  127.0.0.1:7000    22   right end
            """);
  }

  @AfterEach
  void assertConserved() {
    if (replay != null) {
      long accounted =
          replay.sum("pidflow_bytes_total")
              + replay.sum("pidflow_unattributed_bytes_total")
              + replay.sum("pidflow_parked_bytes")
              + replay.sum("pidflow_forwarded_bytes_total");
      assertEquals(replay.sample("pidflow_captured_bytes_total"), accounted, replay.out());
    }
  }

  @Test
  void shouldCountBothDirections() throws IOException {
    replay(request().payload(100), answer().payload(1000), answer().payload(500));

    assertEquals(140, replay.sample(NGINX_RX));
    assertEquals(1580, replay.sample(NGINX_TX));
    assertEquals(
        2, replay.sample("pidflow_packets_total{pid=\"812\",comm=\"nginx\",direction=\"tx\",}"));
    assertEquals(
        1580, replay.sample("pidflow_group_bytes_total{group=\"nginx\",direction=\"tx\",}"));
    assertEquals(1720, replay.sample("pidflow_captured_bytes_total"));
  }

  /** As tcpdump -i any may write it: sent, and then received. */
  @Test
  void shouldCountLoopbackTrafficOnceThoughItIsSeenTwice() throws IOException {
    replay(
        loopback(FrameBuilder.sll(OUTGOING)),
        loopback(FrameBuilder.sll(HOST)),
        loopback(FrameBuilder.sll(OUTGOING)),
        loopback(FrameBuilder.sll(HOST)));
    assertLoopbackBytes(200);

    replay(loopback(FrameBuilder.sll2(1, OUTGOING)), loopback(FrameBuilder.sll2(1, HOST)));
    assertLoopbackBytes(100);
  }

  private void assertLoopbackBytes(long bytes) {
    assertEquals(
        bytes,
        replay.sample("pidflow_bytes_total{pid=\"21\",comm=\"left end\",direction=\"tx\",}"));
    assertEquals(
        bytes,
        replay.sample("pidflow_bytes_total{pid=\"22\",comm=\"right end\",direction=\"rx\",}"));
    assertEquals(2 * bytes, replay.sample("pidflow_captured_bytes_total"));
  }

  private static FrameBuilder loopback(FrameBuilder builder) {
    return builder.ipv4("127.0.0.1", "127.0.0.1").tcp(7000, 7001, 16).payload(60);
  }

  /** A bond, number 5, and its slave, number 2. */
  @Test
  void shouldCountWhatTwoInterfacesShowOnce() throws IOException {
    replay(
        FrameBuilder.sll2(2, HOST).ipv4(THERE, HERE).tcp(51000, 443, 16).payload(100),
        FrameBuilder.sll2(5, HOST).ipv4(THERE, HERE).tcp(51000, 443, 16).payload(100),
        FrameBuilder.sll2(5, OUTGOING).ipv4(HERE, THERE).tcp(443, 51000, 16).payload(1000),
        FrameBuilder.sll2(2, OUTGOING).ipv4(HERE, THERE).tcp(443, 51000, 16).payload(1000));

    assertEquals(140, replay.sample(NGINX_RX));
    assertEquals(1040, replay.sample(NGINX_TX));
    assertEquals(1180, replay.sample("pidflow_captured_bytes_total"));
  }

  @Test
  void shouldGiveLoopbackTrafficToBothEndsThoughItIsSeenOnce() throws IOException {
    replay(FrameBuilder.ethernet().ipv4("127.0.0.1", "127.0.0.1").tcp(7000, 7001, 16).payload(60));

    assertEquals(
        100, replay.sample("pidflow_bytes_total{pid=\"21\",comm=\"left end\",direction=\"tx\",}"));
    assertEquals(
        100, replay.sample("pidflow_bytes_total{pid=\"22\",comm=\"right end\",direction=\"rx\",}"));
    assertEquals(200, replay.sample("pidflow_captured_bytes_total"));
  }

  @Test
  void shouldSayWhyBytesAreNobodys() throws IOException {
    replay(
        FrameBuilder.ethernet().ipv4(THERE, HERE).tcp(51000, 22, 2).payload(5),
        FrameBuilder.ethernet().ipv4(HERE, THERE).protocol(47).payload(30),
        FrameBuilder.ethernet().ipv4(THERE, HERE).fragment(9, 1480, false).protocol(17).payload(80),
        FrameBuilder.ethernet().ipv4(THERE, HERE).udp(1, 2).ipByte(0, 0x41).payload(2));

    assertEquals(45, unattributed("no_socket", "rx"));
    assertEquals(50, unattributed("tunnel", "tx"));
    assertEquals(100, unattributed("orphan_fragment", "rx"));
    assertEquals(30, unattributed("malformed", "rx"));
    assertEquals(0, replay.sum("pidflow_bytes_total"));
  }

  @Test
  void shouldSetApartWhatOnlyPasses() throws IOException {
    replay(FrameBuilder.ethernet().ipv4(THERE, "198.51.100.1").udp(1, 2).payload(72));

    assertEquals(100, replay.sample("pidflow_forwarded_bytes_total"));
    assertEquals(100, replay.sample("pidflow_captured_bytes_total"));
  }

  /** A wildcard socket does not make 0.0.0.0 an address of the host: others send from it too. */
  @Test
  void shouldNotTakeTheDhcpRequestOfAnotherHostForSent() throws IOException {
    replay(FrameBuilder.ethernet().ipv4("0.0.0.0", "255.255.255.255").udp(68, 67).payload(72));

    assertEquals(100, unattributed("no_socket", "rx"));
  }

  @Test
  void shouldLookBehindVlanTags() throws IOException {
    replay(
        FrameBuilder.ethernet()
            .vlan(0x88a8, 7)
            .vlan(0x8100, 5)
            .ipv4(HERE, THERE)
            .tcp(443, 51000, 16)
            .payload(10)
            .padding(6));

    assertEquals(50, replay.sample(NGINX_TX));
  }

  @Test
  void shouldReadCookedCapturesByTheirPacketType() throws IOException {
    replay(FrameBuilder.sll2(3, 4).ipv4(HERE, THERE).tcp(443, 51000, 16).payload(10));

    assertEquals(50, replay.sample(NGINX_TX));
  }

  @Test
  void shouldCountWhatCameBeforeTheCutAndFail() throws IOException {
    PcapFile.write(capture, request().payload(100), answer().payload(1000));
    PcapFile.cut(capture, 400);

    replay = Terminal.run("replay", "--sockets=" + sockets, capture.toString());

    assertEquals(1, replay.exitCode());
    assertEquals(140, replay.sample(NGINX_RX));
    assertEquals(0, replay.sample(NGINX_TX));
    assertTrue(replay.err().startsWith("pidflow: " + capture + ": "), replay.err());
    assertTrue(replay.err().contains("truncated dump file"), replay.err());
    assertEquals(1, replay.err().lines().count(), replay.err());
  }

  /** No owner becomes known during a replay, so the waiting room is no bound on it. */
  @Test
  void shouldCountMoreUnknownFlowsThanMayWaitAtOneTime() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("pidflow.conf"), "pidflow.accounting.parked.max-count = 1024\n");
    PcapFile.write(
        capture,
        IntStream.range(1000, 4000)
            .mapToObj(port -> FrameBuilder.ethernet().ipv4(THERE, HERE).tcp(port, 22, 2))
            .toArray(FrameBuilder[]::new));

    replay =
        Terminal.run("replay", "--config=" + config, "--sockets=" + sockets, capture.toString());

    assertEquals(120_000, unattributed("no_socket", "rx"));
    assertEquals(0, replay.exitCode());
  }

  @Test
  void shouldTakeTheSocketsOfThisHostWithoutATable() throws IOException {
    PcapFile.write(capture, request().payload(100));

    replay = Terminal.run("replay", capture.toString());

    assertEquals(0, replay.exitCode(), replay.err());
    assertEquals(140, replay.sample("pidflow_forwarded_bytes_total"));
  }

  @Test
  void shouldFilter() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("pidflow.conf"), "pidflow.capture.filter = \"src port 443\"\n");
    PcapFile.write(capture, request().payload(100), answer().payload(1000));

    replay =
        Terminal.run("replay", "--config=" + config, "--sockets=" + sockets, capture.toString());

    assertEquals(1040, replay.sample("pidflow_captured_bytes_total"));
  }

  private void replay(FrameBuilder... frames) throws IOException {
    PcapFile.write(capture, frames);
    replay = Terminal.run("replay", "--sockets=" + sockets, capture.toString());
    assertEquals(0, replay.exitCode(), replay.err());
    String expected = capture + ": " + frames.length + " frames in ";
    String said = replay.err();
    assertTrue(said.startsWith(expected) && said.lines().count() == 1, said);
  }

  private long unattributed(String reason, String direction) {
    return replay.sample(
        "pidflow_unattributed_bytes_total{reason=\"%s\",direction=\"%s\",}"
            .formatted(reason, direction));
  }

  private static FrameBuilder request() {
    return FrameBuilder.ethernet().ipv4(THERE, HERE).tcp(51000, 443, FrameBuilder.ACK);
  }

  private static FrameBuilder answer() {
    return FrameBuilder.ethernet().ipv4(HERE, THERE).tcp(443, 51000, FrameBuilder.ACK);
  }
}
