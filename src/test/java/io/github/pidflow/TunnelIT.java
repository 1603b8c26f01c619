package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LabTest;
import io.github.pidflow.lab.Ledger;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Inner packets of a kernel tunnel belong to their processes; outer packets are unattributed, with
 * the tunnel as the reason.
 */
@Timeout(120)
class TunnelIT extends LabTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int PORT = 4789;

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldDistinguishOuterAndInnerVxlanPackets(String engine) {
    Node host = lab.node();
    Node remote = lab.node();
    Link link = lab.link(host, remote);
    vxlan(host, link.name(), link.a4(), link.b4());
    vxlan(remote, link.name(), link.b4(), link.a4());
    InetAddress inner = host.address("vx0", "10.79.0.1", 24);
    InetAddress far = remote.address("vx0", "10.79.0.2", 24);
    Peer local = host.peer("local");
    Peer peer = remote.peer("peer");
    try (Daemon daemon = Daemon.start(host, engine, "pidflow.accounting.parked.max-age = 1s");
        Oracle inside = Oracle.start(host, "vx0");
        Oracle outside = Oracle.start(host, link.name())) {
      Audit.assertConservedUntil(
          daemon,
          List.of(
              Connection.open(local, peer, INET, far).upload(2_000_000),
              Connection.open(peer, local, INET, inner).upload(1_000_000)));
      Audit.assertCredited(daemon, inside, local);
      assertTrue(inside.stop().of(local).tx() > 2_000_000);

      outside.settled();
      daemon
          .await(
              "what the oracle saw outside of the tunnel",
              LIMIT,
              page -> page.unattributed("tunnel").equals(outside(outside.read(), link)))
          .assertConserved();
      assertTrue(outside(outside.stop(), link).tx() > 2_000_000);
      assertEquals(0, daemon.page().unattributed("no_process").rx());
    }
  }

  private static Moved outside(Ledger ledger, Link link) {
    return new Moved(
        ledger.sum(flow -> flow.destinationPort() == PORT && flow.source().equals(link.b4())),
        ledger.sum(flow -> flow.destinationPort() == PORT && flow.source().equals(link.a4())));
  }

  private static void vxlan(Node node, String lower, InetAddress local, InetAddress remote) {
    node.ip(
        "link",
        "add",
        "vx0",
        "type",
        "vxlan",
        "id",
        "7",
        "dstport",
        Integer.toString(PORT),
        "dev",
        lower,
        "local",
        local.getHostAddress(),
        "remote",
        remote.getHostAddress());
    // Otherwise the kernel sends IPv6 over the tunnel itself, possibly before the capture starts.
    node.sysctl("net/ipv6/conf/vx0/disable_ipv6", "1");
    node.ip("link", "set", "vx0", "up");
  }
}
