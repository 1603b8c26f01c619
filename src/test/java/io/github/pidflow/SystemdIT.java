package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.NotifyReceiver;
import io.github.pidflow.lab.Script;
import java.io.BufferedReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notifications that systemd receives from the daemon, on a real socket. */
@Timeout(120)
class SystemdIT {
  private static final Duration WATCHDOG = Duration.ofSeconds(3);

  /** Runs a command whose standard error is what JOURNAL_STREAM names. */
  private static final List<String> AS_JOURNAL =
      List.of("sh", "-c", "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec \"$@\"", "sh");

  private NetLab lab;
  private Node host;
  private NotifyReceiver systemd;

  @BeforeEach
  void build() {
    lab = NetLab.create();
    host = lab.node();
    systemd = NotifyReceiver.open(false);
  }

  @AfterEach
  void clear() {
    systemd.close();
    lab.close();
  }

  @Test
  void shouldNotifyReadyWatchdogAndStopping() {
    try (Daemon daemon = start("WATCHDOG_USEC=" + WATCHDOG.toNanos() / 1000)) {
      assertEquals(
          List.of("READY=1", "STATUS=serves http://127.0.0.1:10067/metrics"), systemd.next());
      for (int i = 0; i < 3; i++) {
        assertEquals(Optional.of(List.of("WATCHDOG=1")), systemd.within(WATCHDOG));
      }

      daemon.stop("TERM");

      systemd.await("STOPPING=1");
      assertEquals(Optional.empty(), systemd.within(Duration.ZERO));
    }
  }

  @Test
  void shouldNotPingTheWatchdogWhileTheCaptureThreadHangs() throws Exception {
    try (Daemon daemon = start("WATCHDOG_USEC=" + WATCHDOG.toNanos() / 1000)) {
      systemd.await("WATCHDOG=1");

      Process stop =
          host.start(
              new ProcessBuilder(Script.command("stop_thread.py", daemon.pid(), "metering")));
      try (BufferedReader said = stop.inputReader()) {
        assertEquals("stopped", said.readLine());
        // A ping may have been due before the hang; after it, none may come for longer than systemd
        // waits.
        systemd.within(WATCHDOG.dividedBy(2));
        assertEquals(Optional.empty(), systemd.within(WATCHDOG.multipliedBy(2)));

        stop.getOutputStream().close();
        assertTrue(stop.waitFor(10, TimeUnit.SECONDS));
      }
      systemd.await("WATCHDOG=1");
      assertTrue(daemon.log().contains("the metering thread makes no progress"), daemon.log());
    }
  }

  @Test
  void shouldNotPingAWatchdogOfAnotherProcess() {
    try (Daemon daemon = start("WATCHDOG_USEC=300000", "WATCHDOG_PID=1")) {
      systemd.await("READY=1");

      assertEquals(Optional.empty(), systemd.within(Duration.ofSeconds(1)), daemon.log());
    }
  }

  @Test
  void shouldLogToTheJournalWithPrioritiesAndWithoutTimes() {
    try (Daemon daemon = Daemon.start(host, 10067, AS_JOURNAL, "ring")) {
      daemon.awaitLog("<6>Daemon: pidflow ");
      assertPrefixed(daemon.log());
    }
  }

  @Test
  void shouldLogAsElsewhereToAFileThatIsNotTheJournals() {
    try (Daemon daemon =
        Daemon.start(host, 10067, List.of("env", "JOURNAL_STREAM=9:12345"), "ring")) {
      daemon.awaitLog(" INFO  Daemon: pidflow ");
      assertTrue(daemon.log().lines().noneMatch(line -> line.startsWith("<")), daemon.log());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pidflow.capture.snaplength = 96\npidflow.log.level = loud",
        "pidflow { capture {",
        "pidflow.capture.filter = \"tcp prot 80\"",
        "pidflow { capture.filter = \"tcp prot 80\", capture.engine = libpcap }",
        "pidflow.web.config-file = /no/such/web.yml",
        "pidflow.capture.cpus = [1023]"
      })
  void shouldExitWithAnEndOfItsOwnForInvalidSettings(String settings) {
    Daemon.Outcome outcome = Daemon.runToEnd(host, AS_JOURNAL, settings + "\n");

    assertEquals(78, outcome.exitCode(), outcome.log());
    assertTrue(outcome.log().contains("<3>pidflow: "), outcome.log());
    assertPrefixed(outcome.log());
  }

  @Test
  void shouldBeRestartedWhereAnAddressMayBeFreeLater() {
    try (Daemon first = Daemon.start(host, 10067, AS_JOURNAL, "ring")) {
      Daemon.Outcome second =
          Daemon.runToEnd(host, AS_JOURNAL, "pidflow.web.listen-address = \"127.0.0.1:10067\"\n");

      assertEquals(1, second.exitCode(), second.log());
      assertPrefixed(first.log() + second.log());
    }
  }

  private static void assertPrefixed(String log) {
    assertTrue(log.lines().allMatch(line -> line.matches("<[3467]>\\D.*")), log);
  }

  private Daemon start(String... environment) {
    List<String> prefix = new ArrayList<>(List.of("env", "NOTIFY_SOCKET=" + systemd.address()));
    prefix.addAll(List.of(environment));
    return Daemon.start(host, 10067, prefix, "ring");
  }
}
