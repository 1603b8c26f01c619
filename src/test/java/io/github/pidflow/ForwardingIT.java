package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Bridge;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LabTest;
import io.github.pidflow.lab.Ledger;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forwarded traffic belongs to no process, and a packet seen twice is counted once. */
@Timeout(120)
class ForwardingIT extends LabTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldCountRoutedBytesSeparately(String engine) {
    Node left = lab.node();
    Node router = lab.node();
    Node right = lab.node();
    Link leftLink = lab.link(left, router);
    Link rightLink = lab.link(router, right);
    router.sysctl("net/ipv4/ip_forward", "1");
    router.sysctl("net/ipv6/conf/all/forwarding", "1");
    left.ip("route", "add", "default", "via", leftLink.b4().getHostAddress());
    left.ip("-6", "route", "add", "default", "via", leftLink.b6().getHostAddress());
    right.ip("route", "add", "default", "via", rightLink.a4().getHostAddress());
    right.ip("-6", "route", "add", "default", "via", rightLink.a6().getHostAddress());
    Peer sender = left.peer("sender");
    Peer receiver = right.peer("receiver");
    Peer bystander = router.peer("bystander");
    // A socket of the router on the same port that the forwarded traffic goes to.
    PeerSocket in = receiver.udp(INET);
    assertEquals(in.port(), bystander.udp(INET).port());
    try (Daemon daemon = Daemon.start(router, engine);
        Oracle oracle = Oracle.start(router, "any")) {
      Audit.assertConservedUntil(
          daemon,
          List.of(
              Connection.open(sender, receiver, INET, rightLink.b4()).upload(2_000_000),
              Connection.open(sender, receiver, INET6, rightLink.b6()).upload(1_000_000)));
      PeerSocket out = sender.udp(INET);
      Audit.assertReceived(in, out.sendDatagrams(50, 1000, rightLink.b4(), in.port()), 50);

      // Seen on the way in and on the way out, as tcpdump sees it on all interfaces.
      long expected = transit(router, oracle.settled());
      MetricsPage page =
          daemon.await(
              "forwarded = " + expected,
              LIMIT,
              one -> one.sum("pidflow_forwarded_bytes_total") == expected);
      page.assertConserved();
      assertTrue(expected > 2 * 3_000_000, "the oracle saw " + expected);
      assertEquals(0, page.process(sender.pid()).tx());
      assertEquals(0, page.process(receiver.pid()).rx());
      assertEquals(0, page.process(bystander.pid()).rx());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldCountBridgedTrafficOnce(String engine) {
    Bridge bridge = lab.bridge();
    Peer local = bridge.host().peer("local");
    Peer peer1 = bridge.guest1().peer("guest1");
    Peer peer2 = bridge.guest2().peer("guest2");
    try (Daemon daemon = Daemon.start(bridge.host(), engine);
        Oracle oracle = Oracle.start(bridge.host(), "br0")) {
      Audit.assertConservedUntil(
          daemon,
          List.of(
              Connection.open(local, peer1, INET, bridge.address1()).upload(2_000_000),
              Connection.open(peer2, local, INET, bridge.hostAddress()).upload(1_000_000),
              Connection.open(peer1, peer2, INET, bridge.address2()).upload(1_500_000)));

      Audit.assertCredited(daemon, oracle, local);
      assertTrue(oracle.stop().of(local).tx() > 2_000_000);
      MetricsPage page = daemon.page();
      assertEquals(0, page.process(peer1.pid()).tx());
      assertEquals(0, page.process(peer2.pid()).tx());
      assertTrue(page.sum("pidflow_forwarded_bytes_total") > 1_500_000, page.traffic());
      assertEquals(0, page.unattributed("no_socket").rx(), page.traffic());
    }
  }

  /**
   * Forwarded bytes. Link-local traffic is never forwarded, and the node does not list its
   * addresses.
   */
  private static long transit(Node router, Ledger ledger) {
    return ledger.sum(
        flow ->
            !router.isLocal(flow.source())
                && !router.isLocal(flow.destination())
                && !flow.destination().isMulticastAddress()
                && !flow.source().isLinkLocalAddress()
                && !flow.destination().isLinkLocalAddress());
  }
}
