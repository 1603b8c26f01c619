package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Ledger;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon's main promise: a process's series equal the bytes it moved, exactly. */
@Timeout(120)
class AttributionIT extends LinkTest {
  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeFourConcurrentTcpTransfers(String engine) {
    Peer far = remote.peer("far");
    Peer up1 = host.peer("up1");
    Peer up2 = host.peer("up2");
    Peer down1 = host.peer("down1");
    Peer down2 = host.peer("down2");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      var transfers =
          List.of(
              Connection.open(up1, far, INET, link.b4()).upload(20_000_000),
              Connection.open(up2, far, INET, link.b4()).upload(7_654_321),
              Connection.open(down1, far, INET, link.b4()).download(15_000_000),
              Connection.open(down2, far, INET, link.b4()).download(1_234_567));
      Audit.assertConservedUntil(daemon, transfers);

      Audit.assertCredited(daemon, oracle, up1, up2, down1, down2);
      Ledger ledger = oracle.stop();
      assertMoved(ledger.of(up1).tx(), 20_000_000);
      assertMoved(ledger.of(up2).tx(), 7_654_321);
      assertMoved(ledger.of(down1).rx(), 15_000_000);
      assertMoved(ledger.of(down2).rx(), 1_234_567);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeConnectedAndUnconnectedUdpInBothDirections(String engine) {
    Peer far = remote.peer("far");
    Peer connected = host.peer("connected");
    Peer unconnected = host.peer("unconnected");
    Peer receiver = host.peer("receiver");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      PeerSocket in = far.udp(INET);
      PeerSocket out = connected.udp(INET);
      out.connect(link.b4(), in.port());
      Audit.assertReceived(in, out.sendDatagrams(60, 800), 60);
      PeerSocket loose = unconnected.udp(INET);
      Audit.assertReceived(in, loose.sendDatagrams(70, 300, link.b4(), in.port()), 70);
      Audit.assertReceived(loose, in.sendDatagrams(30, 500, link.a4(), loose.port()), 30);
      PeerSocket sink = receiver.udp(INET);
      Audit.assertReceived(sink, in.sendDatagrams(40, 1000, link.a4(), sink.port()), 40);

      Audit.assertCredited(daemon, oracle, connected, unconnected, receiver);
      Ledger ledger = oracle.stop();
      assertEquals(new Moved(0, 60 * 828), ledger.of(connected));
      assertEquals(new Moved(30 * 528, 70 * 328), ledger.of(unconnected));
      assertEquals(new Moved(40 * 1028, 0), ledger.of(receiver));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeIpv6AndMappedAddresses(String engine) {
    Peer far = remote.peer("far");
    Peer tcp6 = host.peer("tcp6");
    Peer udp6 = host.peer("udp6");
    Peer mapped = host.peer("mapped");
    Peer server = host.peer("server");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      Audit.assertConservedUntil(
          daemon,
          List.of(
              Connection.open(tcp6, far, INET6, link.b6()).upload(3_000_000),
              Connection.open(mapped, far, INET6, link.b4()).upload(2_000_000),
              // A dual-stack listener, reached over IPv4.
              Connection.open(far, INET, server, INET6, link.a4()).upload(1_000_000)));
      PeerSocket in = far.udp(INET6);
      PeerSocket out = udp6.udp(INET6);
      Audit.assertReceived(in, out.sendDatagrams(50, 900, link.b6(), in.port()), 50);
      Audit.assertReceived(out, in.sendDatagrams(50, 400, link.a6(), out.port()), 50);
      PeerSocket dual = mapped.udp(INET6);
      Audit.assertReceived(in, dual.sendDatagrams(50, 600, link.b4(), in.port()), 50);
      Audit.assertReceived(dual, in.sendDatagrams(50, 700, link.a4(), dual.port()), 50);

      Audit.assertCredited(daemon, oracle, tcp6, udp6, mapped, server);
      Ledger ledger = oracle.stop();
      assertEquals(new Moved(50 * 448, 50 * 948), ledger.of(udp6));
      assertMoved(ledger.of(tcp6).tx(), 3_000_000);
      assertMoved(ledger.of(mapped).tx(), 2_000_000 + 50 * 628);
      assertMoved(ledger.of(server).rx(), 1_000_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeLoopbackTrafficOnceToEachEnd(String engine) {
    Peer sender = host.peer("sender");
    Peer receiver = host.peer("receiver");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      Audit.assertConservedUntil(
          daemon,
          List.of(
              Connection.open(sender, receiver, INET, InetAddress.getLoopbackAddress())
                  .upload(5_000_000),
              // Traffic to any address of the host goes over lo, not only to 127.0.0.1.
              Connection.open(sender, receiver, INET, link.a4()).upload(1_000_000),
              Connection.open(sender, receiver, INET6, link.a6()).upload(1_000_000)));
      PeerSocket in = receiver.udp(INET);
      PeerSocket out = sender.udp(INET);
      Audit.assertReceived(
          in, out.sendDatagrams(50, 1000, InetAddress.getLoopbackAddress(), in.port()), 50);

      Audit.assertCredited(daemon, oracle, sender, receiver);
      Ledger ledger = oracle.stop();
      assertMoved(ledger.of(sender).tx(), 7_000_000 + 50 * 1028);
      assertEquals(ledger.of(sender).tx(), ledger.of(receiver).rx());
      assertEquals(ledger.of(sender).rx(), ledger.of(receiver).tx());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeTheLastSegmentsOfClosedConnections(String engine) {
    Peer far = remote.peer("far");
    Peer client = host.peer("client");
    Peer server = host.peer("server");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      Connection out = Connection.open(client, far, INET, link.b4());
      Connection in = Connection.open(far, server, INET, link.a4());
      Audit.assertConservedUntil(daemon, List.of(out.upload(500_000), in.upload(400_000)));
      // Once from each side: the end that closes first keeps the socket in TIME_WAIT, without a
      // process.
      out.client().close();
      out.server().close();
      in.client().close();
      in.server().close();

      Audit.assertCredited(daemon, oracle, client, server);
    }
  }

  /** Checks that the oracle saw the payload and little more, so that zero does not match zero. */
  private static void assertMoved(long ipBytes, long payloadBytes) {
    assertTrue(
        ipBytes > payloadBytes && ipBytes < payloadBytes * 1.1,
        "the oracle saw " + ipBytes + " IP bytes for " + payloadBytes + " of payload");
  }
}
