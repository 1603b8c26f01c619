package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both engines, side by side on the same packets, report the same for every process. */
@Timeout(120)
class EngineAgreementIT {
  @Test
  void shouldCountTheSameWithBothEngines() {
    try (NetLab lab = NetLab.create()) {
      Node host = lab.node();
      Node remote = lab.node();
      Link link = lab.link(host, remote);
      Peer far = remote.peer("far");
      Peer up = host.peer("up");
      Peer down = host.peer("down");
      Peer datagrams = host.peer("datagrams");
      try (Daemon ring = Daemon.start(host, 10067, List.of(), "ring");
          Daemon libpcap = Daemon.start(host, 10068, List.of(), "libpcap");
          Oracle oracle = Oracle.start(host, "any")) {
        var transfers =
            List.of(
                Connection.open(up, far, INET, link.b4()).upload(10_000_000),
                Connection.open(down, far, INET6, link.b6()).download(10_000_000),
                Connection.open(up, down, INET, InetAddress.getLoopbackAddress())
                    .upload(3_000_000));
        Audit.assertConservedUntil(ring, transfers);
        PeerSocket in = far.udp(INET);
        PeerSocket out = datagrams.udp(INET);
        // Larger than the MTU, so that the engines must agree about fragments too.
        Audit.assertReceived(in, out.sendDatagrams(10, 5000, link.b4(), in.port()), 10);
        Audit.assertReceived(out, in.sendDatagrams(10, 5000, link.a4(), out.port()), 10);

        Audit.assertCredited(ring, oracle, up, down, datagrams);
        Audit.assertCredited(libpcap, oracle, up, down, datagrams);
        MetricsPage ringPage = ring.page();
        MetricsPage libpcapPage = libpcap.page();
        for (Peer peer : List.of(up, down, datagrams)) {
          assertEquals(ringPage.process(peer.pid()), libpcapPage.process(peer.pid()), peer.comm());
          assertEquals(packets(ringPage, peer), packets(libpcapPage, peer), peer.comm());
        }
        assertTrue(packets(ringPage, datagrams) == 2 * 10 * 4, ringPage.text());
      }
    }
  }

  private static long packets(MetricsPage page, Peer peer) {
    return page.sum("pidflow_packets_total", "pid", Long.toString(peer.pid()));
  }
}
