package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.Prometheus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prometheus itself accepts the page and answers queries from it. */
@Timeout(180)
class PrometheusIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAnswerQueriesAboutRunningTransfers(String engine) {
    try (NetLab lab = NetLab.create()) {
      Node host = lab.node();
      Node remote = lab.node();
      Link link = lab.link(host, remote);
      Peer far = remote.peer("far");
      Peer talker = host.peer("talker");
      try (Daemon daemon = Daemon.start(host, engine);
          Oracle oracle = Oracle.start(host, "any");
          Prometheus prometheus = Prometheus.start(host, "127.0.0.1:10067")) {
        Connection connection = Connection.open(talker, far, INET, link.b4());
        String rate = "sum by (comm) (rate(pidflow_bytes_total[15s]))";
        daemon.await(
            rate + " is > 0 for talker",
            LIMIT,
            page -> {
              Peer.finish(connection.upload(100_000));
              return prometheus.query(rate).stream()
                  .filter(one -> one.getString("metric.comm").equals("talker"))
                  .anyMatch(one -> Double.parseDouble(one.getStringList("value").get(1)) > 0);
            });

        Audit.assertCredited(daemon, oracle, talker);
        double sent = oracle.settled().of(talker).tx();
        String stored = "pidflow_bytes_total{direction=\"tx\",pid=\"" + talker.pid() + "\"}";
        daemon.await(stored + " = " + sent, LIMIT, page -> prometheus.number(stored) == sent);
        assertEquals(1, prometheus.number("up{job=\"pidflow\"}"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldPassPromtoolCheck(String engine) throws IOException {
    try (NetLab lab = NetLab.create()) {
      Node host = lab.node();
      Node remote = lab.node();
      Link link = lab.link(host, remote);
      Peer far = remote.peer("far");
      Peer odd = host.peer("a \"b\"\\c");
      try (Daemon daemon = Daemon.start(host, engine);
          Oracle oracle = Oracle.start(host, "any")) {
        Audit.assertConservedUntil(
            daemon, List.of(Connection.open(odd, far, INET, link.b4()).upload(1_000)));
        Audit.assertCredited(daemon, oracle, odd);

        MetricsPage page = daemon.page();
        Path file = Files.createTempFile("pidflow-page", ".txt");
        Files.writeString(file, page.text());
        var lint = Command.result(List.of("promtool", "check", "metrics"), file);
        Files.delete(file);
        assertEquals("", lint.output());
        assertEquals(0, lint.exitCode());
        assertTrue(
            page.sum("pidflow_bytes_total", "comm", "a \"b\"\\c", "direction", "tx") > 1_000,
            page.traffic());
      }
    }
  }
}
