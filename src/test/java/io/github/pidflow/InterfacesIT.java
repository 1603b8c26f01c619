package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Interfaces appear and disappear while the daemon runs. */
@Timeout(120)
class InterfacesIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldKeepCountingWhenAnInterfaceIsRemoved(String engine) {
    Link doomed = lab.link(host, remote);
    Peer far = remote.peer("far");
    Peer near = host.peer("near");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      PeerSocket in = far.udp(INET);
      PeerSocket out = near.udp(INET);
      Audit.assertReceived(in, out.sendDatagrams(10, 100, doomed.b4(), in.port()), 10);
      Audit.assertCredited(daemon, oracle, near);

      host.ip("link", "del", doomed.name());
      Audit.assertReceived(in, out.sendDatagrams(20, 100, link.b4(), in.port()), 20);
      Audit.assertCredited(daemon, oracle, near);
      assertEquals(new Moved(0, 30 * 128), oracle.stop().of(near));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldCountOnAnInterfaceAddedLater(String engine) {
    Peer far = remote.peer("far");
    Peer near = host.peer("near");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      Link late = lab.link(host, remote);
      PeerSocket in = near.udp(INET);
      PeerSocket out = far.udp(INET);
      // An engine with one handle per interface takes a moment to notice a new one, and misses
      // earlier packets.
      long before = daemon.page().process(near.pid()).rx();
      daemon.await(
          "something of " + near.comm() + " over " + late.name(),
          LIMIT,
          page -> {
            Audit.assertReceived(in, out.sendDatagrams(1, 100, late.a4(), in.port()), 1);
            return page.process(near.pid()).rx() > before;
          });

      // The last datagram may not be counted yet.
      long noticed = Audit.settled(daemon, page -> page.process(near.pid()).rx());
      Audit.assertReceived(in, out.sendDatagrams(40, 100, late.a4(), in.port()), 40);
      daemon.await(
          "40 datagrams over " + late.name() + " after " + noticed,
          LIMIT,
          page -> page.process(near.pid()).rx() == noticed + 40 * 128);
      assertTrue(oracle.settled().of(near).rx() >= noticed + 40 * 128);
    }
  }
}
