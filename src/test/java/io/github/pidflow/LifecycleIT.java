package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Ledger;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Shell;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Series start with a process's first socket, follow its names, and leave after their retention.
 */
@Timeout(120)
class LifecycleIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String BYTES = "pidflow_bytes_total";
  private static final String GROUP_BYTES = "pidflow_group_bytes_total";
  private static final String EAGER = "pidflow.ownership.scan-interval-quiet = 1s";

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldShowZeroAsSoonAsASocketIsOwned(String engine) {
    Peer idle = host.peer("idle");
    try (Daemon daemon = Daemon.start(host, engine, EAGER)) {
      assertEquals(List.of(), daemon.page().series(BYTES, "comm", "idle"));
      idle.listen(INET);

      MetricsPage page =
          daemon.await(
              "series of idle", LIMIT, one -> !one.series(BYTES, "comm", "idle").isEmpty());
      for (String direction : List.of("rx", "tx")) {
        var series = page.series(BYTES, "comm", "idle", "direction", direction);
        assertEquals(1, series.size(), page.text());
        assertEquals(Long.toString(idle.pid()), series.get(0).labels().get("pid"));
        assertEquals(0, series.get(0).value());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldKeepTheBytesOfAnEndedProcessInItsGroup(String engine) {
    Peer far = remote.peer("far");
    Peer leaver = host.peer("leaver");
    try (Daemon daemon = Daemon.start(host, engine, EAGER, "pidflow.accounting.retention = 5s");
        Oracle oracle = Oracle.start(host, "any")) {
      PeerSocket in = far.udp(INET);
      PeerSocket out = leaver.udp(INET);
      Audit.assertReceived(in, out.sendDatagrams(50, 1000, link.b4(), in.port()), 50);
      Audit.assertCredited(daemon, oracle, leaver);
      leaver.kill();

      assertEquals(new Moved(0, 50 * 1028), daemon.page().process(leaver.pid()));
      MetricsPage page =
          daemon.await(
              "no series of leaver", LIMIT, one -> one.series(BYTES, "comm", "leaver").isEmpty());
      assertEquals(50 * 1028, page.sum(GROUP_BYTES, "group", "leaver", "direction", "tx"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldFollowAProcessThatChangesItsName(String engine) {
    Peer far = remote.peer("far");
    Peer peer = host.peer("before");
    try (Daemon daemon = Daemon.start(host, engine, EAGER);
        Oracle oracle = Oracle.start(host, "any")) {
      Connection connection = Connection.open(peer, far, INET, link.b4());
      Audit.assertConservedUntil(daemon, List.of(connection.upload(10_000)));
      Audit.assertCredited(daemon, oracle, peer);

      peer.rename("after");
      String pid = Long.toString(peer.pid());
      daemon.await(
          "comm after of pid " + pid,
          LIMIT,
          one -> !one.series(BYTES, "pid", pid, "comm", "after").isEmpty());
      Audit.assertConservedUntil(daemon, List.of(connection.upload(5_000)));
      Audit.assertCredited(daemon, oracle, peer);
      MetricsPage page = daemon.page();
      assertTrue(
          page.sum(GROUP_BYTES, "group", "before", "direction", "tx") > 10_000, page.traffic());
      assertTrue(
          page.sum(GROUP_BYTES, "group", "after", "direction", "tx") > 5_000, page.traffic());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldDetectAnExecThatKeepsTheSocket(String engine) {
    Peer far = remote.peer("far");
    try (Daemon daemon = Daemon.start(host, engine, EAGER);
        Oracle oracle = Oracle.start(host, "any")) {
      PeerSocket listener = far.listen(INET);
      Shell shell = Shell.connectedTo(host, link.b4(), listener.port());
      PeerSocket server = listener.accept();
      shell.sendLine("a".repeat(999));
      assertEquals(1000, Peer.finish(server.receive(1000)));
      String pid = Long.toString(shell.pid());
      daemon.await(
          "bytes of bash", LIMIT, one -> one.sum(BYTES, "pid", pid, "comm", "bash") > 1000);

      shell.becomeCat();
      daemon.await(
          "comm cat of pid " + pid,
          LIMIT,
          one -> !one.series(BYTES, "pid", pid, "comm", "cat").isEmpty());
      shell.sendLine("b".repeat(4999));
      assertEquals(5000, Peer.finish(server.receive(5000)));

      daemon.await(
          "pid " + pid + " as the oracle says",
          LIMIT,
          one -> one.process(shell.pid()).equals(moved(oracle.settled(), listener.port())));
      MetricsPage page = daemon.page();
      assertTrue(page.sum(GROUP_BYTES, "group", "bash", "direction", "tx") > 1000, page.traffic());
      assertTrue(page.sum(GROUP_BYTES, "group", "cat", "direction", "tx") > 5000, page.traffic());
      assertFalse(page.series("pidflow_process_info", "pid", pid, "comm", "cat").isEmpty());
    }
  }

  private static Moved moved(Ledger ledger, int remotePort) {
    return new Moved(
        ledger.sum(flow -> flow.sourcePort() == remotePort),
        ledger.sum(flow -> flow.destinationPort() == remotePort));
  }
}
