package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.HostTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The daemon's own cgroup, on whichever hierarchies the machine has. */
@Timeout(120)
class LimitsIT extends HostTest {
  private static final String LIMITS = "pidflow.limits { cpu = 0.5, memory = 192MiB }";

  private static final Pattern ENTERED =
      Pattern.compile("pidflow\\.limits\\.(cpu|memory) = (\\S+) set in cgroup (\\S+)");

  @Test
  void shouldRunInItsOwnCgroupAndRemoveItAtExit() throws Exception {
    try (Daemon daemon = start("pidflow.limits.cpu = 0.75", "pidflow.limits.memory = 200MiB")) {
      List<Path> cgroups = cgroups(daemon);
      assertEquals(2, cgroups.size(), daemon::log);
      for (Path each : cgroups) {
        assertEquals(List.of(Long.toString(daemon.pid())), lines(each.resolve("cgroup.procs")));
      }
      assertEquals("75000", quota(cgroups.get(0)));
      assertEquals(Long.toString(200L << 20), memory(cgroups.get(1)));

      assertEquals(0, daemon.stop("TERM"), daemon::log);
      for (Path each : cgroups) {
        assertFalse(Files.exists(each), each::toString);
      }
    }
  }

  @Test
  void shouldRemoveTheCgroupOfAKilledDaemon() throws Exception {
    List<Path> left;
    try (Daemon killed = start()) {
      left = cgroups(killed);
      killed.stop("KILL");
    }
    for (Path each : left) {
      assertTrue(Files.exists(each), each::toString);
    }
    try (Daemon next = start()) {
      for (Path each : left) {
        assertFalse(Files.exists(each), next::log);
      }
      next.stop("TERM");
    }
  }

  /** Under ip-netns(8) a process sees no cgroup. */
  @Test
  void shouldLogWhyItHasNoLimits() {
    try (Daemon daemon = Daemon.start(host, "ring", LIMITS)) {
      assertTrue(daemon.log().contains("limits.cpu = 0.5 cannot be set: "), daemon::log);
      assertTrue(daemon.log().contains("going on without"), daemon::log);
    }
    Daemon.Outcome outcome =
        Daemon.runToEnd(
            host,
            List.of(),
            "pidflow { limits { cpu = none, memory = 128MiB, required = true }, web.listen-address"
                + " = \"127.0.0.1:0\" }");
    assertEquals(1, outcome.exitCode(), outcome::log);
    assertTrue(outcome.log().contains("limits.memory = 134217728 cannot be set"), outcome::log);
  }

  private Daemon start() {
    return start(LIMITS);
  }

  private Daemon start(String... settings) {
    // In the network namespace, but with the machine's mounts.
    String mounts = "--mount=/proc/" + ProcessHandle.current().pid() + "/ns/mnt";
    return Daemon.start(host, 10067, List.of("nsenter", mounts), "ring", settings);
  }

  private static List<Path> cgroups(Daemon daemon) {
    return ENTERED.matcher(daemon.log()).results().map(found -> Path.of(found.group(3))).toList();
  }

  private static String quota(Path cgroup) throws IOException {
    Path v2 = cgroup.resolve("cpu.max");
    Path v1 = cgroup.resolve("cpu.cfs_quota_us");
    return lines(Files.exists(v2) ? v2 : v1).get(0).split(" ", 2)[0];
  }

  private static String memory(Path cgroup) throws IOException {
    Path v2 = cgroup.resolve("memory.max");
    return lines(Files.exists(v2) ? v2 : cgroup.resolve("memory.limit_in_bytes")).get(0);
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file);
  }
}
