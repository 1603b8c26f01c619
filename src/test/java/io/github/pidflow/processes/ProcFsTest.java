package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.linux.FakeProc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class ProcFsTest {
  @TempDir private Path directory;
  private FakeProc proc;
  private ProcFs procFs;

  @BeforeEach
  void open() {
    proc = new FakeProc(directory);
    procFs = new ProcFs(directory);
    proc.process(7, 1, 100, "server");
  }

  private Map<Integer, Long> sockets(int pid) {
    Map<Integer, Long> sockets = new HashMap<>();
    assertTrue(procFs.forEachSocket(pid, sockets::put));
    return sockets;
  }

  @Test
  void shouldListOnlyPids() {
    proc.process(4194304, 1, 100, "last");
    int[] pids = procFs.pids();
    Arrays.sort(pids);

    assertArrayEquals(new int[] {7, 4194304}, pids);
  }

  @Test
  void shouldListNoPidsWithoutProc() {
    assertEquals(0, new ProcFs(directory.resolve("absent")).pids().length);
  }

  @Test
  void shouldListOnlySockets() {
    proc.socket(7, 3, 1);
    proc.socket(7, 1023, 4_294_967_295L);
    proc.link(7, "fd/0", "null");
    proc.link(7, "fd/1", "pipe:[5]");
    proc.link(7, "fd/2", "anon_inode:[eventpoll]");
    proc.link(7, "fd/4", "socket:[");
    proc.link(7, "fd/5", "/tmp/socket:[9]");

    assertEquals(Map.of(3, 1L, 1023, 4_294_967_295L), sockets(7));
  }

  @Test
  void shouldReadAnotherThreadOnceTheMainThreadHasEnded() {
    proc.process(7, 1, 100, "server");
    proc.thread(7, 8);
    proc.link(7, "task/8/exe", "/usr/bin/server");
    proc.link(7, "task/8/fd/3", "socket:[12345]");
    proc.file(7, "task/8/cgroup", "0::/server.service\n");

    assertEquals(Map.of(3, 12345L), sockets(7));
    assertEquals(12345, procFs.socketInode(7, 3));
    assertEquals("/usr/bin/server", new String(procFs.link(7, "exe"), StandardCharsets.UTF_8));
    assertEquals(
        "0::/server.service\n", new String(procFs.readLiving(7, "cgroup"), StandardCharsets.UTF_8));
  }

  @Test
  void shouldForgetAnotherThreadThatHasEnded() {
    proc.thread(7, 8);
    proc.link(7, "task/8/exe", "/usr/bin/server");
    proc.link(7, "task/8/fd/3", "socket:[12345]");
    assertEquals(Map.of(3, 12345L), sockets(7));

    proc.remove(7, "task/8");
    proc.socket(7, 4, 54321);

    assertEquals(Map.of(4, 54321L), sockets(7));
    assertEquals(54321, procFs.socketInode(7, 4));
  }

  @Test
  void shouldReportAnUnreadableFdTable() {
    assertFalse(procFs.forEachSocket(8, (fd, inode) -> {}));
    proc.hideFds(7);
    assertFalse(procFs.forEachSocket(7, (fd, inode) -> {}));
  }

  @Test
  void shouldReadOneSocket() {
    proc.socket(7, 3, 12345);

    assertEquals(12345, procFs.socketInode(7, 3));
    assertEquals(0, procFs.socketInode(7, 4));
    assertEquals(0, procFs.socketInode(8, 3));
  }

  @Test
  void shouldReadFilesAndLinksOfLivingProcessesOnly() {
    proc.link(7, "exe", "/usr/sbin/sérver");

    assertEquals("server\n", new String(procFs.read(7, "comm"), StandardCharsets.UTF_8));
    assertEquals("/usr/sbin/sérver", new String(procFs.link(7, "exe"), StandardCharsets.UTF_8));
    assertEquals(0, procFs.read(7, "fd").length);
    assertEquals(0, procFs.read(8, "comm").length);
    assertEquals(0, procFs.link(8, "exe").length);
    assertEquals(0, procFs.link(7, "comm").length);
  }

  @Test
  void shouldLimitTheBytesRead() {
    proc.file(7, "cmdline", "x".repeat(10_000));

    assertEquals(8192, procFs.read(7, "cmdline").length);
    assertEquals("server\n", new String(procFs.read(7, "comm"), StandardCharsets.UTF_8));
  }
}
