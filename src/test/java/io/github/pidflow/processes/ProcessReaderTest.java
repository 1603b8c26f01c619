package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.linux.FakeProc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class ProcessReaderTest {
  private static final CgroupOwners CGROUP_OWNERS = CgroupOwners.ofPaths();
  private static final ProcStat STAT = new ProcStat("from-stat", 1, false, 1, 250);

  @TempDir private Path directory;
  private FakeProc proc;
  private ProcessReader reader;

  @BeforeEach
  void open() throws IOException {
    proc = new FakeProc(directory);
    proc.process(7, 1, 250, "server");
    Path passwd = directory.resolve("passwd");
    Files.writeString(passwd, "www:x:33:33::/:/bin/false\n");
    reader = new ProcessReader(new ProcFs(directory), new UserNames(passwd), CGROUP_OWNERS);
  }

  private ProcessInfo read() {
    return reader.read(7, STAT);
  }

  @Test
  void shouldReadAProcess() {
    proc.link(7, "exe", "/usr/sbin/server");
    proc.file(7, "status", "Name:\tserver\nUid:\t0\t33\t1\t2\nGid:\t4\t5\t6\t7\n");
    proc.file(7, "cgroup", "0::/system.slice/www.service\n");

    double startTime = FakeProc.BOOT_TIME_SECONDS + 2.5;
    assertEquals(
        new ProcessInfo(
            new ProcessId(7, 250),
            "server",
            "/usr/sbin/server",
            "www",
            "www.service",
            "",
            "",
            startTime),
        read());
  }

  @Test
  void shouldStripOnlyTheLastNewlineOfAName() {
    proc.file(7, "comm", "a\nb \n\n");
    assertEquals("a\nb \n", read().comm());
    proc.file(7, "comm", "\n");
    assertEquals("", read().comm());
  }

  @Test
  void shouldReplaceInvalidUtf8InAName() throws IOException {
    Files.write(directory.resolve("7/comm"), new byte[] {'a', (byte) 0xff, 'b', '\n'});
    assertEquals("a\ufffdb", read().comm());
  }

  @Test
  void shouldStripTheDeletedMarkOfAnExecutable() {
    proc.link(7, "exe", "/usr/sbin/server (deleted)");
    assertEquals("/usr/sbin/server", read().exe());
  }

  @Test
  void shouldFallBackToTheCommandLineForTheExecutable() {
    proc.file(7, "cmdline", "/opt/x\0--flag\0");
    assertEquals("/opt/x", read().exe());
    proc.file(7, "cmdline", "worker process");
    assertEquals("worker process", read().exe());
  }

  @Test
  void shouldReadUidsAsUnsigned() {
    proc.file(7, "status", "Uid:\t4294967294\t4294967294\t4294967294\t4294967294\n");
    assertEquals("4294967294", read().user());
  }

  @Test
  void shouldIgnoreANameThatLooksLikeAStatusLine() {
    proc.file(7, "status", "Name:\tUid:\t1 33\\nUid:\t1 33\nUid:\t0\t5\t0\t0\n");
    assertEquals("5", read().user());
  }

  @Test
  void shouldLeaveFieldsOfAnEndedProcessEmpty() {
    ProcessInfo info = reader.read(8, STAT);

    double startTime = FakeProc.BOOT_TIME_SECONDS + 2.5;
    ProcessId id = new ProcessId(8, 250);
    assertEquals(new ProcessInfo(id, "from-stat", "", "", "", "", "", startTime), info);
  }

  @Test
  void shouldReportAMissingBootTime() throws IOException {
    Files.writeString(directory.resolve("stat"), "cpu 1\n");
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                new ProcessReader(new ProcFs(directory), new UserNames(directory), CGROUP_OWNERS));
    assertEquals(directory.resolve("stat") + " has no btime line", e.getMessage());
  }

  /** A program whose path is this file's, in a mount namespace of its own. */
  private Path runInMountNamespace(Path outside) throws IOException {
    Path exe = Files.writeString(directory.resolve("program"), "");
    proc.process(1, 0, 0, "init");
    Files.createDirectory(directory.resolve("1/ns"));
    Files.createDirectory(directory.resolve("7/ns"));
    proc.link(1, "ns/mnt", "mnt:[1]");
    proc.link(1, "root", outside.toString());
    proc.link(7, "ns/mnt", "mnt:[2]");
    reader = new ProcessReader(new ProcFs(directory), new UserNames(directory), CGROUP_OWNERS);
    proc.link(7, "exe", exe.toString());
    return exe;
  }

  @Test
  void shouldMarkAPathThatIsAnotherFileOutside() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Path exe = runInMountNamespace(outside);
    assertEquals(exe + " (foreign)", read().exe());

    Path other = outside.resolve(exe.toString().substring(1));
    Files.createDirectories(other.getParent());
    Files.writeString(other, "");
    assertEquals(exe + " (foreign)", read().exe());

    proc.link(7, "ns/mnt", "mnt:[1]");
    assertEquals(exe.toString(), read().exe());
  }

  @Test
  void shouldNotMarkAFileThatIsTheSameOutside() throws IOException {
    Path exe = runInMountNamespace(Path.of("/"));

    assertEquals(exe.toString(), read().exe());
  }

  @Test
  void shouldMarkNoPathOfAContainer() throws IOException {
    Path exe = runInMountNamespace(Files.createDirectory(directory.resolve("outside")));
    String container = "c0ffee00".repeat(8);
    proc.file(7, "cgroup", "0::/system.slice/docker-" + container + ".scope\n");
    assertEquals(exe.toString(), read().exe());

    proc.file(
        7, "cgroup", "0::/user.slice/user-7.slice/user@7.service/docker-" + container + ".scope\n");
    assertEquals("user-7/" + container, read().containerId());
    assertEquals(exe + " (foreign)", read().exe());
  }
}
