package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.linux.FakeProc;
import io.github.pidflow.processes.SocketHolders.Holder;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class SocketHoldersTest {
  private static final long INODE = 4711;

  @TempDir private Path directory;
  private final DaemonCounters counters = new DaemonCounters();
  private FakeProc proc;
  private ProcessTable processes;
  private SocketHolders holders;

  @BeforeEach
  void open() throws IOException {
    proc = new FakeProc(directory);
    ProcFs procFs = new ProcFs(directory);
    UserNames users = new UserNames(directory.resolve("passwd"));
    processes =
        new ProcessTable(
            procFs, new ProcessReader(procFs, users, CgroupOwners.ofPaths()), counters);
    holders = new SocketHolders(processes, counters);
  }

  private void holds(int pid, int parentPid, long startTicks) {
    proc.process(pid, parentPid, startTicks, "p" + pid);
    proc.socket(pid, 3, INODE);
  }

  private Holder walkAll() {
    processes.refresh();
    holders.walkAll();
    return holders.holder(INODE).orElseThrow();
  }

  private void assertShared(int pid, Holder holder) {
    assertEquals(pid, holder.process().pid());
    assertTrue(holder.shared());
  }

  @Test
  void shouldFindTheOnlyHolder() {
    holds(20, 1, 500);
    Holder holder = walkAll();

    assertEquals(20, holder.process().pid());
    assertEquals(3, holder.fd());
    assertFalse(holder.shared());
    assertEquals(1, counters.value(DaemonCounter.OWNERSHIP_WALKS));
    assertEquals(0, counters.value(DaemonCounter.PROCESS_READ_ERRORS));
  }

  @Test
  void shouldFindInitAsTheOnlyHolder() {
    holds(1, 0, 0);
    assertEquals(1, walkAll().process().pid());
  }

  @Test
  void shouldPreferAnyProcessToInit() {
    holds(1, 0, 0);
    holds(20, 1, 900);
    assertShared(20, walkAll());
  }

  @Test
  void shouldPreferTheOldestProcess() {
    holds(1, 0, 0);
    holds(20, 1, 900);
    holds(30, 1, 100);
    holds(40, 1, 500);
    assertShared(30, walkAll());
  }

  @Test
  void shouldPreferTheLowestPidAmongEquallyOldProcesses() {
    holds(30, 1, 100);
    holds(20, 1, 100);
    holds(40, 1, 100);
    assertShared(20, walkAll());
  }

  @Test
  void shouldNotMarkASocketHeldTwiceByOneProcessAsShared() {
    holds(20, 1, 100);
    proc.socket(20, 4, INODE);
    assertFalse(walkAll().shared());
  }

  @Test
  void shouldFindTheParentOfAnInheritedSocket() {
    holds(20, 1, 100);
    holds(21, 20, 200);
    holds(22, 21, 300);
    processes.refresh();
    holders.walk(List.of(22), Set.of(INODE), Long.MAX_VALUE);

    assertShared(20, holders.holder(INODE).orElseThrow());
  }

  @Test
  void shouldStopAtAnAncestorWithoutTheSocket() {
    holds(20, 1, 100);
    proc.process(21, 20, 200, "closed-it");
    holds(22, 21, 300);
    processes.refresh();
    holders.walk(List.of(22), Set.of(INODE), Long.MAX_VALUE);

    Holder holder = holders.holder(INODE).orElseThrow();
    assertEquals(22, holder.process().pid());
    assertFalse(holder.shared());
  }

  @Test
  void shouldStopWalkingOnceFound() {
    holds(20, 1, 100);
    proc.process(30, 1, 100, "next");
    proc.socket(30, 3, 5);
    processes.refresh();
    holders.walk(List.of(20, 30), Set.of(INODE), Long.MAX_VALUE);

    assertEquals(Optional.empty(), holders.holder(5));
  }

  @Test
  void shouldNotStopWalkingAtAServiceManager() {
    holds(1, 0, 0);
    holds(20, 1, 100);
    proc.process(30, 1, 100, "systemd");
    proc.socket(30, 3, INODE);
    processes.refresh();
    holders.walk(List.of(1, 30, 20), Set.of(INODE), Long.MAX_VALUE);

    assertShared(20, holders.holder(INODE).orElseThrow());
  }

  @Test
  void shouldForgetAHolderThatClosedTheSocket() {
    holds(20, 1, 100);
    walkAll();
    proc.close(20, 3);

    assertEquals(Optional.empty(), holders.holder(INODE));
  }

  @Test
  void shouldForgetAHolderWhosePidWasReused() {
    holds(20, 1, 100);
    walkAll();
    proc.process(20, 1, 900, "another");
    processes.identify(20);

    assertEquals(Optional.empty(), holders.holder(INODE));
  }

  @Test
  void shouldRecognizeAReusedPidDuringAWalk() {
    holds(20, 1, 100);
    processes.refresh();
    proc.process(20, 1, 900, "another");

    Holder holder = walkAll();

    assertEquals(900, holder.process().startTicks());
    assertEquals("another", holder.process().info().comm());
  }

  @Test
  void shouldCountAnUnreadableProcessAndReadTheOthers() {
    holds(20, 1, 100);
    proc.process(30, 1, 50, "secret");
    processes.refresh();
    proc.hideFds(30);
    holders.walkAll();

    assertEquals(20, holders.holder(INODE).orElseThrow().process().pid());
    assertEquals(1, counters.value(DaemonCounter.PROCESS_READ_ERRORS));
  }
}
