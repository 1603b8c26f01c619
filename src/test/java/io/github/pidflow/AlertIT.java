package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.github.pidflow.lab.Alertmanager;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.Prometheus;
import io.github.pidflow.lab.Webhook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * From a packet to a notification: the shipped Prometheus and Alertmanager configurations,
 * unchanged except for their durations.
 */
@Timeout(180)
class AlertIT {
  private static final Path SHIPPED = Path.of("config", "prometheus");
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int WEBHOOK_PORT = 9099;

  @TempDir private Path folder;

  @Test
  void shouldNotifyWhenATrafficSpikeFiresAndResolves() throws IOException {
    Path prometheusConfig =
        faster(
            "prometheus.yml",
            "scrape_interval: 15s -> scrape_interval: 1s",
            "evaluation_interval: 30s -> evaluation_interval: 1s");
    faster(
        "rules/pidflow-rates.yml",
        "[5m] -> [5s]",
        "[25h:5m] offset 1h -> [20s:1s] offset 20s",
        "[7d:1h] -> [20s:1s]",
        "interval: 5m -> interval: 1s");
    faster("rules/pidflow-alerts.yml", "> 1e6\n        for: 10m -> > 1e6\n        for: 1s");
    Path alertmanagerConfig =
        faster(
            "alertmanager.yml",
            "group_wait: 30s -> group_wait: 1s",
            "group_interval: 5m -> group_interval: 1s");

    try (NetLab lab = NetLab.create()) {
      Node host = lab.node();
      Node remote = lab.node();
      Link link = lab.link(host, remote);
      Peer far = remote.peer("far");
      Peer talker = host.peer("talker");
      Webhook webhook = Webhook.start(host, WEBHOOK_PORT);
      Alertmanager.start(host, alertmanagerConfig);
      try (Daemon daemon = Daemon.start(host, "ring");
          Prometheus prometheus = Prometheus.start(host, prometheusConfig)) {
        Connection connection = Connection.open(talker, far, INET, link.b4());
        String past = "instance_group:pidflow_group_bytes:rate5m_max1d{group=\"talker\"}";
        daemon.await(
            "a past of little traffic",
            LIMIT,
            page -> {
              Peer.finish(connection.upload(1_000));
              return !prometheus.query(past).isEmpty();
            });
        assertEquals(List.of(), spikes(webhook));

        daemon.await(
            "a message while it spikes",
            LIMIT,
            page -> {
              Peer.finish(connection.upload(2_000_000));
              return !spikes(webhook).isEmpty();
            });
        Config spike = spikes(webhook).get(0);
        assertEquals("firing", spike.getString("status"));
        assertEquals("tx", spike.getString("labels.direction"));
        assertEquals(
            "talker on localhost:10067: tx traffic is unusually high",
            spike.getString("annotations.summary"));

        String executable =
            prometheus
                .query("instance_process:pidflow_bytes:top5_rate5m{comm=\"talker\"}")
                .get(0)
                .getString("metric.exe");
        assertTrue(executable.endsWith("/java"), executable);

        daemon.await(
            "a message that it is over",
            LIMIT,
            page ->
                spikes(webhook).stream()
                    .anyMatch(alert -> alert.getString("status").equals("resolved")));
      }
    }
  }

  private static List<Config> spikes(Webhook webhook) {
    return webhook.alerts().stream()
        .filter(alert -> alert.getString("labels.alertname").equals("PidflowTrafficSpike"))
        .filter(alert -> alert.getString("labels.group").equals("talker"))
        .toList();
  }

  /** A copy of a shipped file with durations replaced; the file must contain each of them. */
  private Path faster(String name, String... replacements) throws IOException {
    String text = Files.readString(SHIPPED.resolve(name));
    for (String replacement : replacements) {
      String[] times = replacement.split(" -> ", -1);
      assertTrue(text.contains(times[0]), () -> name + " has no " + times[0]);
      text = text.replace(times[0], times[1]);
    }
    Path copy = folder.resolve(name);
    Files.createDirectories(copy.getParent());
    return Files.writeString(copy, text);
  }
}
