package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.LimitSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is written where, in trees made of plain files. */
@Timeout(20)
class OwnCgroupTest {
  private static final int PID = 4242;
  private static final LimitSettings LIMITS =
      new LimitSettings(Optional.of(0.5), Optional.of(128 << 20), true);
  private static final Optional<String> INVOCATION = Optional.of("0123456789abcdef");

  @TempDir private Path root;

  @Test
  void shouldBeASiblingUnderV2() throws Exception {
    v2("/user.slice/session-3.scope", "cpu memory pids");
    Path made = root.resolve("user.slice/pidflow-4242");
    files(made, "cpu.max", "memory.max", "cgroup.procs");

    OwnCgroup cgroup = cgroup();
    assertEquals(Optional.of(0.5), cgroup.enter(LIMITS, Optional.empty()));

    assertEquals("50000 100000", text(made.resolve("cpu.max")));
    assertEquals("134217728", text(made.resolve("memory.max")));
    assertEquals("4242", text(made.resolve("cgroup.procs")));
    cgroup.close();
    assertEquals("4242", text(root.resolve("user.slice/session-3.scope/cgroup.procs")));
  }

  @Test
  void shouldAskForTheControllersItsParentLacksUnderV2() throws Exception {
    v2("/", "pids");
    files(root.resolve("pidflow-4242"), "cpu.max", "memory.max", "cgroup.procs");

    cgroup().enter(LIMITS, Optional.empty());

    // A file keeps the last that was written; the kernel takes one after the other.
    assertEquals("+memory", text(root.resolve("cgroup.subtree_control")));
  }

  @Test
  void shouldBeAChildInEachHierarchyUnderV1() throws Exception {
    v1("/", "/docker/abc");
    Path cpu = root.resolve("cpu,cpuacct/pidflow-4242");
    Path memory = root.resolve("memory/docker/abc/pidflow-4242");
    files(cpu, "cpu.cfs_quota_us", "cgroup.procs");
    files(memory, "memory.limit_in_bytes", "cgroup.procs");

    OwnCgroup cgroup = cgroup();
    cgroup.enter(LIMITS, Optional.empty());

    assertEquals("50000", text(cpu.resolve("cpu.cfs_quota_us")));
    assertEquals("4242", text(cpu.resolve("cgroup.procs")));
    assertEquals("134217728", text(memory.resolve("memory.limit_in_bytes")));
    assertEquals("4242", text(memory.resolve("cgroup.procs")));
    cgroup.close();
    assertEquals("4242", text(root.resolve("memory/docker/abc/cgroup.procs")));
  }

  @Test
  void shouldLeaveASystemdServiceWhereItIs() throws Exception {
    v2("/system.slice/pidflow.service", "cpu memory");
    Path unit = root.resolve("system.slice/pidflow.service");
    Files.writeString(unit.resolve("cpu.max"), "25000 100000\n");

    assertEquals(Optional.of(0.25), cgroup().enter(LIMITS, INVOCATION));
    Files.writeString(unit.resolve("cpu.max"), "max 100000\n");
    assertEquals(Optional.empty(), cgroup().enter(LIMITS, INVOCATION));

    assertFalse(Files.exists(root.resolve("system.slice/pidflow-4242")));
  }

  @Test
  void shouldNotTakeAShellOfAServiceManagerForAService() throws Exception {
    v2("/user.slice/session-3.scope", "cpu memory");
    Path made = root.resolve("user.slice/pidflow-4242");
    files(made, "cpu.max", "memory.max", "cgroup.procs");

    cgroup().enter(LIMITS, INVOCATION);

    assertEquals("4242", text(made.resolve("cgroup.procs")));
  }

  @Test
  void shouldStopWhereALimitIsRequiredAndCannotBe() throws Exception {
    proc("tmpfs / tmpfs rw 0 0", "0::/");

    String message =
        assertThrows(IOException.class, () -> cgroup().enter(LIMITS, Optional.empty()))
            .getMessage();

    assertTrue(
        message.startsWith(
            "pidflow.limits.cpu = 0.5 cannot be set: no cgroup hierarchy is mounted;"
                + " pidflow.limits.memory = 134217728 cannot be set"),
        message);
  }

  @Test
  void shouldGoOnWhereItIsNot() throws Exception {
    proc("tmpfs / tmpfs rw 0 0", "0::/");

    LimitSettings wished = new LimitSettings(Optional.of(0.5), Optional.of(1 << 27), false);
    assertEquals(Optional.of(0.5), cgroup().enter(wished, Optional.empty()));
  }

  @Test
  void shouldTouchNothingWithoutLimits() throws Exception {
    v2("/", "cpu memory");

    LimitSettings none = new LimitSettings(Optional.empty(), Optional.empty(), true);
    assertEquals(Optional.empty(), cgroup().enter(none, Optional.empty()));

    assertFalse(Files.exists(root.resolve("pidflow-4242")));
  }

  private OwnCgroup cgroup() {
    return new OwnCgroup(new CgroupTree(root.resolve("proc")), PID);
  }

  private void v2(String own, String subtreeControl) throws IOException {
    proc("cgroup2 " + root + " cgroup2 rw 0 0", "0::" + own);
    Path parent = own.equals("/") ? root : root.resolve(own.substring(1)).getParent();
    files(root, "cgroup.procs");
    files(root.resolve(own.substring(1)), "cgroup.procs");
    for (Path each : new Path[] {root, root.resolve(own.substring(1))}) {
      Files.writeString(each.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
    }
    Files.writeString(parent.resolve("cgroup.subtree_control"), subtreeControl + '\n');
  }

  private void v1(String cpu, String memory) throws IOException {
    proc(
        "cgroup %1$s/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup %1$s/memory cgroup rw,memory 0 0"
            .formatted(root),
        "4:memory:" + memory + "\n3:cpu,cpuacct:" + cpu + "\n0::/");
    files(root.resolve("cpu,cpuacct").resolve(cpu.substring(1)), "cgroup.procs");
    files(root.resolve("memory").resolve(memory.substring(1)), "cgroup.procs");
  }

  private void proc(String mounts, String cgroup) throws IOException {
    Path proc = Files.createDirectories(root.resolve("proc"));
    Files.writeString(proc.resolve("mounts"), mounts + '\n');
    Files.writeString(proc.resolve("cgroup"), cgroup + '\n');
  }

  private static void files(Path directory, String... names) throws IOException {
    Files.createDirectories(directory);
    for (String name : names) {
      Files.writeString(directory.resolve(name), "");
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file);
  }
}
