package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.linux.FakeProc;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class ProcessTableTest {
  @TempDir private Path directory;
  private final DaemonCounters counters = new DaemonCounters();
  private FakeProc proc;
  private ProcessTable processes;

  @BeforeEach
  void open() throws IOException {
    proc = new FakeProc(directory);
    ProcFs procFs = new ProcFs(directory);
    UserNames users = new UserNames(directory.resolve("passwd"));
    processes =
        new ProcessTable(
            procFs, new ProcessReader(procFs, users, CgroupOwners.ofPaths()), counters);
  }

  @Test
  void shouldReturnAProcessUntilItsFdTableIsWalked() {
    proc.process(20, 1, 100, "one");

    assertEquals(List.of(20), processes.refresh());
    assertEquals(List.of(20), processes.refresh());
    processes.markWalked(20);
    assertEquals(List.of(), processes.refresh());
  }

  @Test
  void shouldNotRememberAProcessThatEndsWhileBeingRead() throws IOException {
    proc.process(20, 1, 100, "one");
    proc.process(30, 1, 100, "other");
    ProcessTable.Entry whole = processes.identify(20).orElseThrow();
    ProcessTable.Entry ending = processes.identify(30).orElseThrow();
    Files.delete(directory.resolve("30/stat"));

    assertTrue(whole.isComplete());
    assertEquals("one", processes.remembered(20).comm());
    assertFalse(ending.isComplete());
    assertNull(processes.remembered(30));
  }

  /** Twice the limit: the first half is forgotten and counted. */
  @Test
  void shouldForgetTheOldestProcessesBeyondTheLimitAndCountThem() {
    for (int pid = 1; pid <= 2 * ProcessTable.MAX_REMEMBERED; pid++) {
      processes.remember(ended(pid));
    }

    assertNull(processes.remembered(ProcessTable.MAX_REMEMBERED));
    assertNotNull(processes.remembered(ProcessTable.MAX_REMEMBERED + 1));
    assertEquals(ProcessTable.MAX_REMEMBERED, counters.value(DaemonCounter.PROCESSES_FORGOTTEN));
  }

  private static ProcessInfo ended(int pid) {
    return new ProcessInfo(new ProcessId(pid, 1), "ended", "", "", "", "", "", 0);
  }
}
