package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.HostTest;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.RecordedFile;
import io.github.pidflow.lab.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The shipped units: valid for systemd, well confined by its score, and permissive enough to count.
 */
@Timeout(120)
class UnitIT extends HostTest {
  private static final Path UNIT = Path.of("systemd", "pidflow.service").toAbsolutePath();
  private static final Path NAMESPACES =
      UNIT.resolveSibling("pidflow.service.d").resolve("namespaces.conf");
  private static final Pattern EXPOSURE =
      Pattern.compile("Overall exposure level for pidflow.service: ([0-9.]+)");

  /** The kernel sources that report sockets and processes if permitted. */
  private static final List<String> NOTES =
      List.of(
          "socket-destructions",
          "socket-creations",
          "socket-closings",
          "port-changes",
          "task-events");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldPassSystemdVerification(boolean namespaces) throws IOException {
    Command.Result verified = analyze("verify --man=no", namespaces);

    assertEquals(new Command.Result(0, ""), verified);
  }

  @Test
  void shouldDetectAnInvalidUnit() throws IOException {
    Path unit = folder.resolve("pidflow.service");
    Files.writeString(unit, Files.readString(UNIT).replace("ProtectHome=", "ProtectHomes="));

    String output =
        Command.result(List.of("systemd-analyze", "verify", unit.toString()), Path.of("/dev/null"))
            .output();

    assertTrue(output.contains("ProtectHomes"), output);
  }

  @ParameterizedTest
  @CsvSource({"false, 2.5", "true, 3.2"})
  void shouldNotExceedAnExposureLevel(boolean namespaces, double most) throws IOException {
    String output = analyze("security --offline=true", namespaces).output();

    Matcher exposure = EXPOSURE.matcher(output);
    assertTrue(exposure.find(), output);
    assertTrue(Double.parseDouble(exposure.group(1)) <= most, output);
  }

  @Test
  void shouldCountInTheUnitsSandbox() {
    Node remote = lab.node();
    Link link = lab.link(host, remote);
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (Daemon daemon = Daemon.start(host, 10067, confined(UNIT), "ring");
        Oracle oracle = Oracle.start(host, "any")) {
      Audit.assertConservedUntil(
          daemon, List.of(Connection.open(near, far, INET, link.b4()).upload(1_000_000)));
      Audit.assertCredited(daemon, oracle, near);
      assertTrue(oracle.stop().of(near).tx() > 1_000_000);

      MetricsPage page = daemon.page();
      for (String component : NOTES) {
        assertEquals(1, page.sum("pidflow_component_up", "component", component), daemon.log());
      }
      String status = Command.run(List.of("cat", "/proc/" + daemon.pid() + "/status"));
      assertTrue(status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n"), status);
      assertTrue(status.contains("Uid:\t65534\t65534\t65534\t65534\n"), status);
    }
  }

  @Test
  void shouldRecordInTheUnitsSandbox() {
    Node remote = lab.node();
    Link link = lab.link(host, remote);
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (Daemon daemon =
        Daemon.start(
            host,
            10067,
            confined(UNIT),
            "ring",
            "pidflow.recordings.enabled = true",
            "pidflow.recordings.keep-free = 0B")) {
      String recordings = daemon.url("/api/v1/recordings");
      String begun =
          host.run("curl", "-s", "-D", "-", "-X", "POST", recordings + "?pid=" + near.pid());
      Matcher location = Pattern.compile("(?i)location: (\\S+)").matcher(begun);
      assertTrue(location.find(), begun + daemon.log());
      Peer.finish(Connection.open(near, far, INET, link.b4()).upload(1_000_000));
      String one = daemon.url(location.group(1));
      String ended = host.run("curl", "-s", "-X", "DELETE", one);
      assertTrue(ended.contains("\"state\":\"done\""), ended);
      assertTrue(ended.contains("\"path\":\"/var/lib/pidflow/recordings/"), ended);
      Path file = folder.resolve("got.pcapng");
      host.run("curl", "-s", "-o", file.toString(), one + "/file");

      RecordedFile recorded = RecordedFile.read(file);
      assertEquals(0, recorded.exitCode(), recorded.said());
      assertEquals(1_000_000, recorded.payload());
    }
  }

  @Test
  void shouldEnterOtherNamespacesWithTheDropIn() {
    Node container = lab.node();
    Peer inside = container.peer("inside");
    Peer other = container.peer("other");
    try (Daemon daemon =
        Daemon.start(host, 10067, confined(UNIT, NAMESPACES), "ring", "pidflow.namespaces = all")) {
      Connection connection =
          Connection.open(inside, other, INET, InetAddress.getLoopbackAddress());
      Peer.finish(connection.upload(1_000_000));

      daemon.await(
          "the bytes of a process in another namespace",
          Duration.ofSeconds(30),
          page -> page.process(inside.pid()).tx() > 1_000_000);
      MetricsPage page = daemon.page();
      assertEquals(1, page.sum("pidflow_component_up", "component", "namespaces"), daemon.log());
      for (String component : NOTES) {
        assertEquals(1, page.sum("pidflow_component_up", "component", component), daemon.log());
      }
    }
  }

  @Test
  void shouldReportMissingPrivilegesWithoutTheDropIn() {
    try (Daemon daemon =
        Daemon.start(host, 10067, confined(UNIT), "ring", "pidflow.namespaces = all")) {
      assertEquals(
          0, daemon.page().sum("pidflow_component_up", "component", "namespaces"), daemon.log());
    }
  }

  /** A prefix that runs a command within the unit's restrictions. */
  private static List<String> confined(Path... units) {
    List<String> names = new ArrayList<>();
    for (Path unit : units) {
      names.add(unit.toString());
    }
    return List.of(Script.command("confine.py", String.join(",", names)));
  }

  /** The output of systemd-analyze for the unit as installed, with or without the drop-in. */
  private Command.Result analyze(String verb, boolean namespaces) throws IOException {
    Path unit = folder.resolve("pidflow.service");
    // Nothing is installed here: the launcher is at its place in the repository.
    String launcher = Path.of("src/deb/pidflow").toAbsolutePath().toString();
    Files.writeString(unit, Files.readString(UNIT).replace("/usr/bin/pidflow", launcher));
    if (namespaces) {
      Path dropIns = Files.createDirectory(folder.resolve("pidflow.service.d"));
      Files.copy(NAMESPACES, dropIns.resolve("namespaces.conf"));
    }
    List<String> command = new ArrayList<>(List.of("systemd-analyze"));
    command.addAll(List.of(verb.split(" ")));
    command.add(unit.toString());
    return Command.result(command, Path.of("/dev/null"));
  }
}
