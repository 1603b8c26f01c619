package io.github.pidflow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Ledger;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are accepted and closed before a scan can see their owner. */
@Timeout(120)
class AcceptedIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int MIN_CONNECTIONS_PER_SECOND = 300;

  /** The server's report to the client: who closed the connection from this port. */
  private record Told(int port, long pid) {}

  /**
   * Each mode is a way of accepting: by one process, by workers that share a listener, by workers
   * with a listener each on one port, closing with RST, or over MPTCP; and by one process for
   * another, either a child or a process that receives the descriptor.
   */
  @ParameterizedTest
  @CsvSource({
    "single,4,600",
    "single,6,600",
    "prefork,4,600",
    "prefork,6,600",
    "reuseport,4,600",
    "reset,4,300",
    "mptcp,4,600"
  })
  void shouldCreditTheProcessThatAcceptedAndClosed(String mode, int version, int connections)
      throws IOException {
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Process server = serve(version, mode);
      int rate = assertCredited(daemon, server, mode, version, connections, 0, false);

      assertTrue(rate >= MIN_CONNECTIONS_PER_SECOND, () -> rate + " connections a second");
    }
  }

  /** A process seen with a connection before passing it on may be credited too, but no other. */
  @ParameterizedTest
  @CsvSource({"fork,4,100", "pass,4,300"})
  void shouldCreditTheProcessAConnectionWasPassedTo(String mode, int version, int connections)
      throws IOException {
    try (Daemon daemon = Daemon.start(host, "ring")) {
      assertCredited(daemon, serve(version, mode), mode, version, connections, 0, true);
    }
  }

  /** A daemon that shares a pid namespace with a forking server, as in a pod. */
  @Test
  void shouldCreditForkedChildrenInAPidNamespace(@TempDir Path folder) throws IOException {
    Path port = folder.resolve("port");
    String server =
        String.join(" ", Script.command("accepting_server.py", address(4), "fork")) + " > " + port;
    List<String> prefix =
        List.of(
            "unshare",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--",
            "sh",
            "-c",
            server + " & \"$@\"; exit",
            "sh");
    try (Daemon daemon = Daemon.start(host, 10067, prefix, "ring");
        Oracle oracle = Oracle.start(host, "any")) {
      int serverPort = Integer.parseInt(Files.readString(port).strip());
      List<Told> told = new ArrayList<>();
      connect(Script.command("connecting_client.py", address(4), serverPort, 50, "fork", 0), told);
      Ledger ledger = oracle.stop();
      Map<Long, Moved> expected = new HashMap<>();
      for (Told each : told) {
        expected.merge(
            each.pid,
            new Moved(
                ledger.sum(flow -> flow.sourcePort() == each.port),
                ledger.sum(flow -> flow.destinationPort() == each.port)),
            Moved::plus);
      }
      // The server is the first process that the shell has started.
      MetricsPage page =
          daemon.await("bytes of " + expected, LIMIT, one -> isCredited(one, expected, 2));
      assertTrue(
          page.process(2).tx() * 2 < ledger.sum(flow -> flow.sourcePort() == serverPort),
          () -> "the parent has most: " + page.process(2));
    }
  }

  /**
   * A service manager accepts, starts a service for each connection, and holds the connection until
   * the service has ended: nothing of it is the manager's.
   */
  @Test
  void shouldCreditTheServiceAndNotItsManager() throws IOException {
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Process manager = serve(4, "serve");
      assertCredited(daemon, manager, "serve", 4, 3, 0, false);

      assertEquals(new Moved(0, 0), daemon.page().process(manager.pid()));
    }
  }

  /**
   * Accepting over MPTCP raises no event, so the daemon must keep the listener's owner. Connections
   * arrive slowly so that nothing else triggers a scan.
   */
  @ParameterizedTest
  @ValueSource(ints = {4, 6})
  void shouldCreditAnMptcpServerOlderThanTheDaemon(int version) throws IOException {
    Process server = serve(version, "mptcp");
    try (Daemon daemon = Daemon.start(host, "ring")) {
      assertCredited(daemon, server, "mptcp", version, 200, 10, false);
    }
  }

  @Test
  void shouldNotAttributeConnectionAttemptsToAClosedPort() throws IOException {
    int port = host.unusedPort();
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, "any")) {
      for (int i = 0; i < 20; i++) {
        remote.run(
            "bash", "-c", "! 2>/dev/null >/dev/tcp/" + link.a4().getHostAddress() + '/' + port);
      }
      Ledger ledger = oracle.stop();
      Moved refused =
          new Moved(
              ledger.sum(flow -> flow.destinationPort() == port),
              ledger.sum(flow -> flow.sourcePort() == port));
      assertNotEquals(new Moved(0, 0), refused);

      daemon.await(
          "no_socket " + refused, LIMIT, page -> page.unattributed("no_socket").equals(refused));
    }
  }

  private int assertCredited(
      Daemon daemon,
      Process server,
      String mode,
      int version,
      int connections,
      int pauseMillis,
      boolean handed)
      throws IOException {
    try (Oracle oracle = Oracle.start(host, "any")) {
      List<Told> told = new ArrayList<>();
      int rate =
          connect(
              Script.command(
                  "connecting_client.py",
                  address(version),
                  port(server),
                  connections,
                  mode,
                  pauseMillis),
              told);
      assertEquals(connections, told.stream().map(Told::port).distinct().count());
      Ledger ledger = oracle.stop();
      Map<Long, Moved> expected = new HashMap<>();
      for (Told each : told) {
        Moved moved =
            new Moved(
                ledger.sum(flow -> flow.sourcePort() == each.port),
                ledger.sum(flow -> flow.destinationPort() == each.port));
        expected.merge(each.pid, moved, Moved::plus);
      }

      MetricsPage page =
          daemon.await(
              "bytes of " + expected,
              LIMIT,
              one -> isCredited(one, expected, handed ? server.pid() : 0));
      assertEquals(new Moved(0, 0), page.unattributed("no_socket"));
      System.out.printf(
          "%s IPv%d: %d connections, %d a second, credited to the byte to %d processes%n",
          mode, version, connections, rate, expected.size());
      return rate;
    }
  }

  /**
   * Whether each process has its own bytes or, where one passed connections on, all have the sum.
   */
  private static boolean isCredited(MetricsPage page, Map<Long, Moved> expected, long hander) {
    if (hander == 0) {
      return expected.entrySet().stream()
          .allMatch(each -> page.process(each.getKey()).equals(each.getValue()));
    }
    Moved all = expected.values().stream().reduce(new Moved(0, 0), Moved::plus);
    Moved credited = page.process(hander);
    for (long pid : expected.keySet()) {
      credited = credited.plus(page.process(pid));
    }
    return credited.equals(all);
  }

  private String address(int version) {
    return (version == 4 ? link.a4() : link.a6()).getHostAddress();
  }

  private Process serve(int version, String mode) {
    return host.start(
        new ProcessBuilder(Script.command("accepting_server.py", address(version), mode))
            .redirectError(ProcessBuilder.Redirect.INHERIT));
  }

  private static int port(Process server) throws IOException {
    BufferedReader out = new BufferedReader(new InputStreamReader(server.getInputStream(), UTF_8));
    return Integer.parseInt(out.readLine());
  }

  /** Serves the given number of connections per second. */
  private int connect(String[] client, List<Told> told) {
    String[] lines = remote.run(client).strip().split("\n", -1);
    for (int i = 1; i < lines.length; i++) {
      String[] words = lines[i].split(" ", -1);
      told.add(new Told(Integer.parseInt(words[0]), Long.parseLong(words[1])));
    }
    return Integer.parseInt(lines[0]);
  }
}
