package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Cgroup;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.PeerSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that claim to be in another unit or container, or another program. */
@Timeout(60)
class LabelsIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int USER = 4711;
  private static final String CONTAINER = "c0ffee00".repeat(8);

  /** Runs until its input ends; the shell is the process that sends. */
  private static final String SEND =
      "read go; exec 3<>/dev/udp/%s/%d; while printf 12345 >&3; do read -t 0.2 end; done";

  private PeerSocket sink;

  private Process start(String shell) {
    String send = SEND.formatted(link.b4().getHostAddress(), sink.port());
    return host.start(new ProcessBuilder("bash", "-c", shell.formatted(send)));
  }

  private static void send(Process process) throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  private static String label(MetricsPage page, Process process, String name) {
    return page.series("pidflow_process_info", "pid", Long.toString(process.pid())).stream()
        .map(MetricsPage.Series::labels)
        .map((Map<String, String> labels) -> labels.get(name))
        .findFirst()
        .orElse(null);
  }

  @Test
  void shouldBelieveNoNamesThatAUserGives(@TempDir Path folder) throws Exception {
    sink = remote.peer("far").udp(INET);
    Path shell = Path.of("/bin/bash").toRealPath();
    Path own = Files.copy(shell, folder.resolve("own"));
    Path program = Path.of("/usr/bin/env").toRealPath();
    try (Cgroup genuine = Cgroup.create("genuine.service");
        Cgroup delegated = Cgroup.create("delegated.service");
        Daemon daemon = Daemon.start(host, "ring")) {
      Files.setAttribute(delegated.directory(), "unix:uid", USER);
      Path claimed = Files.createDirectory(delegated.directory().resolve("nginx.service"));
      Path container =
          Files.createDirectory(delegated.directory().resolve("docker-" + CONTAINER + ".scope"));
      Process honest = start("%s");
      genuine.add(honest.pid());
      Process unit = start("%s");
      Files.writeString(claimed.resolve("cgroup.procs"), Long.toString(unit.pid()));
      Process contained = start("%s");
      Files.writeString(container.resolve("cgroup.procs"), Long.toString(contained.pid()));
      Process mounted =
          start(
              "exec unshare -m sh -c 'mount --bind "
                  + own
                  + " "
                  + program
                  + " && exec "
                  + program
                  + " -c \"%s\"'");
      try {
        for (Process each : new Process[] {honest, unit, contained, mounted}) {
          send(each);
        }
        MetricsPage page =
            daemon.await(
                "all four",
                LIMIT,
                one ->
                    label(one, honest, "unit") != null
                        && label(one, unit, "unit") != null
                        && label(one, contained, "unit") != null
                        && label(one, mounted, "exe") != null);

        assertEquals("genuine.service", label(page, honest, "unit"));
        assertEquals(shell.toString(), label(page, honest, "exe"));
        assertEquals("delegated.service", label(page, unit, "unit"));
        assertEquals("", label(page, unit, "container_id"));
        assertEquals("user-" + USER + '/' + CONTAINER, label(page, contained, "container_id"));
        assertEquals(program + " (foreign)", label(page, mounted, "exe"));
      } finally {
        for (Process each : new Process[] {honest, unit, contained, mounted}) {
          each.destroyForcibly();
          each.waitFor();
        }
        Files.delete(claimed);
        Files.delete(container);
      }
    }
  }
}
