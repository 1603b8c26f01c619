package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.HostTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.NotifyReceiver;
import io.github.pidflow.lab.Peer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Settings are reloaded by a real signal and a real request. */
@Timeout(120)
class ReloadIT extends HostTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** A test run in the background may ignore SIGHUP, and its children would inherit that. */
  private static final List<String> HEEDFUL = List.of("env", "--default-signal=HUP");

  private static final String SUCCESS_TIME = "pidflow_config_last_reload_success_timestamp_seconds";

  @Test
  void shouldApplyNewRulesOnSighupAndNameSettingsThatNeedARestart() {
    Peer sender = host.peer("sender");
    Peer receiver = host.peer("receiver");
    try (Daemon daemon = Daemon.start(host, 10067, HEEDFUL, "ring")) {
      Connection connection =
          Connection.open(sender, receiver, INET, InetAddress.getLoopbackAddress());
      Peer.finish(connection.upload(1_000_000));
      daemon.await("bytes by comm", LIMIT, page -> groupTx(page, "sender") > 1_000_000);

      daemon.configure(
          "pidflow.accounting.group.rules = [{ comm = sender, group = renamed }]",
          "pidflow.log.level = debug",
          "pidflow.capture.snap-length = 256");
      hangUp(daemon);
      MetricsPage before =
          daemon.await("the group", LIMIT, page -> !groups(page, "renamed").isEmpty());
      Peer.finish(connection.upload(1_000_000));
      MetricsPage after =
          daemon.await("its bytes", LIMIT, page -> groupTx(page, "renamed") > 1_000_000);

      assertEquals(groupTx(before, "sender"), groupTx(after, "sender"), "a group keeps its bytes");
      assertTrue(
          daemon
              .log()
              .contains(
                  "changed: pidflow.accounting.group.rules, pidflow.log.level;"
                      + " needs a restart: pidflow.capture.snap-length"),
          daemon.log());
      assertTrue(
          daemon
              .log()
              .contains(
                  "pidflow.capture.snap-length needs a restart: 128 stays in effect instead of"
                      + " 256"),
          daemon.log());
    }
  }

  @Test
  void shouldKeepItsSettingsWhenTheFileIsInvalid() {
    try (NotifyReceiver systemd = NotifyReceiver.open(false)) {
      List<String> prefix =
          List.of("env", "--default-signal=HUP", "NOTIFY_SOCKET=" + systemd.address());
      try (Daemon daemon = Daemon.start(host, 10067, prefix, "ring")) {
        systemd.await("READY=1");
        double started = daemon.page().series(SUCCESS_TIME).get(0).value();

        daemon.configure("pidflow.log.level = debug", "pidflow.accounting.retention = 5 parsecs");
        hangUp(daemon);

        assertTrue(systemd.next().get(1).matches("MONOTONIC_USEC=\\d+"));
        assertTrue(systemd.next().get(1).contains("invalid settings were not reloaded"));
        MetricsPage failed = daemon.page();
        assertEquals(0, failed.sum("pidflow_config_last_reload_successful"));
        assertEquals(started, failed.series(SUCCESS_TIME).get(0).value());
        List<String> messages =
            daemon.log().lines().filter(line -> line.contains("not reloaded")).toList();
        assertEquals(1, messages.size(), daemon.log());
        assertTrue(messages.get(0).contains("pidflow.conf: 2: pidflow.accounting.retention"));

        daemon.configure("pidflow.accounting.retention = 6m");
        hangUp(daemon);

        systemd.await("RELOADING=1");
        systemd.await("READY=1");
        MetricsPage mended = daemon.page();
        assertEquals(1, mended.sum("pidflow_config_last_reload_successful"));
        assertTrue(mended.series(SUCCESS_TIME).get(0).value() > started);
      }
    }
  }

  @Test
  void shouldReloadOnPostWhenEnabled() {
    String enabled = "pidflow.web.enable-reload = true";
    try (Daemon daemon = Daemon.start(host, "ring", enabled)) {
      daemon.configure(enabled, "pidflow.accounting.retention = 15m");
      assertEquals("reloaded, changed: pidflow.accounting.retention\n200", request(daemon, "POST"));
      assertEquals("reloaded, changed: nothing\n200", request(daemon, "POST"));
      assertTrue(request(daemon, "GET").endsWith("\n405"));

      daemon.configure(enabled, "pidflow {");
      String refused = request(daemon, "POST");
      assertTrue(refused.contains("pidflow.conf") && refused.endsWith("\n500"), refused);
      assertEquals(0, daemon.page().sum("pidflow_config_last_reload_successful"));
    }
  }

  @Test
  void shouldRefuseAReloadByPostByDefault() {
    try (Daemon daemon = Daemon.start(host, "ring")) {
      String answer = request(daemon, "POST");

      assertTrue(answer.contains("pidflow.web.enable-reload") && answer.endsWith("\n403"), answer);
    }
  }

  private static void hangUp(Daemon daemon) {
    Command.run(List.of("sh", "-c", "kill -HUP " + daemon.pid()));
  }

  /** The response body, followed by its status on a line of its own. */
  private String request(Daemon daemon, String method) {
    return host.run(
        "curl", "-s", "-m", "20", "-X", method, "-w", "%{http_code}", daemon.url("/-/reload"));
  }

  private static List<MetricsPage.Series> groups(MetricsPage page, String group) {
    return page.series("pidflow_group_bytes_total", "group", group);
  }

  private static long groupTx(MetricsPage page, String group) {
    return page.sum("pidflow_group_bytes_total", "group", group, "direction", "tx");
  }
}
