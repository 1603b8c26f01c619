package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Traffic without an owner, in fragments, or of a process that is killed: counted, and under the
 * right reason.
 */
@Timeout(120)
class HostileIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldReportNoSocketForAClosedPort(String engine) {
    Peer far = remote.peer("far");
    try (Daemon daemon =
            Daemon.start(
                host,
                engine,
                "pidflow.accounting.parked.max-age = 2s",
                // Excludes the scrapes' own connections, which close before they are looked up.
                "pidflow.capture.exclude-interfaces = [lo]");
        Oracle oracle = Oracle.start(host, "any")) {
      int closed = host.unusedPort();
      Peer.finish(far.udp(INET).sendDatagrams(30, 200, link.a4(), closed));
      Peer.finish(far.udp(INET6).sendDatagrams(20, 200, link.a6(), closed));

      long expected = 30 * 228 + 20 * 248;
      MetricsPage page =
          daemon.await(
              "no_socket rx = " + expected,
              LIMIT,
              one -> one.unattributed("no_socket").rx() == expected);
      page.assertConserved();
      assertEquals(expected, oracle.settled().sum(flow -> flow.destinationPort() == closed));
      // The kernel answers with ICMP, which no process sent.
      assertTrue(page.unattributed("kernel_protocol").tx() > 0, page.traffic());
    }
  }

  @Test
  void shouldAttributeNewFlowsDuringAPortScan() throws IOException {
    Peer far = remote.peer("far");
    Peer near = host.peer("near");
    try (Daemon daemon =
            Daemon.start(
                host,
                "ring",
                "pidflow.accounting.parked.max-count = 2048",
                "pidflow.capture.exclude-interfaces = [lo]");
        Oracle oracle = Oracle.start(host, "any")) {
      Process scan =
          remote.start(
              new ProcessBuilder(Script.command("port_scan.py", link.a4().getHostAddress())));
      assertEquals("scanning", scan.inputReader().readLine());
      for (int i = 0; i < 15; i++) {
        Connection out = Connection.open(near, far, INET, link.b4());
        Connection in = Connection.open(far, near, INET, link.a4());
        out.upload(20_000).join();
        in.upload(10_000).join();
      }
      Audit.assertCredited(daemon, oracle, near);
      scan.outputWriter().close();
      scan.onExit().join();

      Moved moved = oracle.stop().of(near);
      assertTrue(moved.tx() > 15 * 20_000 && moved.rx() > 15 * 10_000, moved::toString);
      assertTrue(daemon.page().sum("pidflow_parked_overflows_total") > 0, "the scan fills it");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeAllFragmentsOfADatagram(String engine) {
    Peer far = remote.peer("far");
    Peer near = host.peer("near");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      PeerSocket in4 = far.udp(INET);
      PeerSocket out4 = near.udp(INET);
      Audit.assertReceived(in4, out4.sendDatagrams(5, 20_000, link.b4(), in4.port()), 5);
      Audit.assertReceived(out4, in4.sendDatagrams(4, 20_000, link.a4(), out4.port()), 4);
      PeerSocket in6 = far.udp(INET6);
      PeerSocket out6 = near.udp(INET6);
      Audit.assertReceived(in6, out6.sendDatagrams(3, 20_000, link.b6(), in6.port()), 3);
      Audit.assertReceived(out6, in6.sendDatagrams(2, 20_000, link.a6(), out6.port()), 2);

      Audit.assertCredited(daemon, oracle, near);
      long piece4 = 20_008 + 14 * 20;
      long piece6 = 20_008 + 14 * 48;
      assertEquals(
          new Moved(4 * piece4 + 2 * piece6, 5 * piece4 + 3 * piece6), oracle.stop().of(near));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeMulticastAndBroadcast(String engine) throws UnknownHostException {
    InetAddress group = InetAddress.getByName("239.7.7.7");
    InetAddress everybody =
        InetAddress.getByName(link.a4().getHostAddress().replaceAll("\\d+$", "255"));
    Peer far = remote.peer("far");
    Peer near = host.peer("near");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      PeerSocket in = near.udp(INET);
      in.join(group, link.name());
      PeerSocket out = far.udp(INET);
      out.multicastThrough(link.name());
      Audit.assertReceived(in, out.sendDatagrams(20, 300, group, in.port()), 20);
      Audit.assertReceived(in, out.sendDatagrams(10, 300, everybody, in.port()), 10);
      PeerSocket sender = near.udp(INET);
      Peer.finish(sender.sendDatagrams(7, 300, everybody, far.udp(INET).port()));

      Audit.assertCredited(daemon, oracle, near);
      assertEquals(new Moved(30 * 328, 7 * 328), oracle.stop().of(near));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldCountEchoes(String engine) {
    Peer pinger = host.peer("pinger");
    Peer far = remote.peer("far");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      long before = daemon.page().captured();
      assertTrue(pinger.echo(link.b4(), 5000));
      assertTrue(far.echo(link.a4(), 5000));

      long echoes = oracle.settled().sum(flow -> flow.protocol() == 1);
      assertTrue(echoes > 0);
      daemon
          .await("captured " + echoes + " more", LIMIT, one -> one.captured() >= before + echoes)
          .assertConserved();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldKeepTheBytesOfAProcessKilledDuringATransfer(String engine) {
    Peer far = remote.peer("far");
    Peer victim = host.peer("victim");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      Connection connection = Connection.open(victim, far, INET, link.b4());
      // Nobody reads the rest, so only the kill can end it.
      var transfer = connection.client().send(100_000_000);
      assertEquals(1_000_000, Peer.finish(connection.server().receive(1_000_000)));
      daemon.await(
          "something of victim", LIMIT, page -> page.process(victim.pid()).tx() > 1_000_000);
      victim.kill();

      assertTrue(transfer.isCompletedExceptionally() || !transfer.isDone());
      Audit.assertCredited(daemon, oracle, victim);
      assertTrue(oracle.stop().of(victim).tx() > 1_000_000);
      assertTrue(
          daemon.page().sum("pidflow_group_bytes_total", "group", "victim", "direction", "tx")
              > 1_000_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeSocketsCreatedSinceTheLastScan(String engine) {
    Peer far = remote.peer("far");
    Peer late = host.peer("late");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      // Sockets that no scan has seen connect and send at once.
      var transfers =
          List.of(
              Connection.open(late, far, INET, link.b4()).upload(10),
              Connection.open(late, far, INET, link.b4()).upload(10),
              Connection.open(far, late, INET, link.a4()).upload(10));
      Audit.assertConservedUntil(daemon, transfers);
      Audit.assertCredited(daemon, oracle, late);
    }
  }
}
