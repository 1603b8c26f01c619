package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.FakeProc;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class TaskHistoryTest {
  @TempDir private Path directory;
  private FakeProc proc;
  private TaskHistory history;

  @BeforeEach
  void open() throws IOException {
    proc = new FakeProc(directory);
    proc.process(1, 0, 1, "init");
    proc.process(3, 1, 2, "shell");
    history = new TaskHistory(new ProcFs(directory), new DaemonCounters());
  }

  private String at(int pid, long nanos) {
    return history.at(pid, nanos).map(past -> past.comm() + ' ' + past.exe()).orElse("unknown");
  }

  @Test
  void shouldDescribeAProcessThatHasEnded() {
    history.onComm(7, 7, "curl", true, 20);
    history.onExecutable(7, "/usr/bin/curl (deleted)", 21);
    history.onExecutable(7, "/lib/ld-linux.so", 22);
    history.onComm(7, 8, "resolver", false, 30);
    history.onExit(7, 40);
    history.apply(50);

    assertEquals("curl /usr/bin/curl", at(7, 35));
    assertEquals("unknown", at(7, 19));
    assertEquals("unknown", at(8, 35));
  }

  @Test
  void shouldDescribeAProcessAtEachTime() {
    history.onComm(7, 7, "sh", true, 20);
    history.onExecutable(7, "/bin/dash", 21);
    history.onComm(7, 7, "worker", false, 30);
    history.onComm(7, 7, "cat", true, 40);
    history.onExecutable(7, "/bin/cat", 41);
    history.apply(50);

    assertEquals("sh /bin/dash", at(7, 29));
    assertEquals("worker /bin/dash", at(7, 30));
    assertEquals("cat /bin/cat", at(7, 45));
  }

  @Test
  void shouldGiveAForkedProcessTheNameOfItsParentAtThatTime() {
    history.onComm(7, 7, "sh", true, 20);
    history.onExecutable(7, "/bin/dash", 21);
    history.onFork(7, 8, 30);
    history.onComm(7, 7, "cat", true, 40);
    history.apply(50);

    assertEquals("sh /bin/dash", at(8, 45));
    assertEquals(30, history.at(8, 45).orElseThrow().bornNanos());
    assertEquals("unknown", at(8, 29));
  }

  @Test
  void shouldOrderTheEventsOfSeveralCpus() {
    history.onExecutable(8, "/bin/cat", 41);
    history.onExit(8, 45);
    history.onComm(8, 8, "cat", true, 40);
    history.onFork(7, 8, 30);
    history.onComm(7, 7, "sh", true, 20);
    history.apply(50);

    assertEquals("sh ", at(8, 35));
    assertEquals("cat /bin/cat", at(8, 44));
  }

  @Test
  void shouldLetEventsThatAreNewerThanTheReadingWait() {
    history.onComm(8, 8, "cat", true, 40);
    history.apply(30);
    history.onFork(7, 8, 29);
    history.onComm(7, 7, "sh", true, 20);
    history.apply(50);

    assertEquals("sh ", at(8, 35));
    assertEquals("cat ", at(8, 44));
  }

  @Test
  void shouldReadAParentThatIsOlderThanTheEvents() {
    proc.process(7, 1, 1, "postgres");
    proc.link(7, "exe", "/usr/lib/postgres");
    history.onFork(7, 8, 30);
    history.apply(50);

    assertEquals("postgres /usr/lib/postgres", at(8, 35));
  }

  @Test
  void shouldDropAReadingThatIsNewerThanTheFork() {
    proc.process(7, 1, 1, "after");
    history.onFork(7, 8, 30);
    history.apply(50);
    history.onComm(7, 7, "after", true, 60);
    history.apply(BootClock.nanos());

    assertEquals("unknown", at(8, 35));
    assertEquals("after ", at(7, 65));
  }

  @Test
  void shouldNotTakeANewProcessForAnEarlierOneWithTheSamePid() {
    history.onComm(7, 7, "first", true, 20);
    history.onExit(7, 30);
    history.onFork(1, 7, 40);
    history.onComm(7, 7, "second", true, 50);
    history.apply(60);

    assertEquals("second ", at(7, 55));
    assertEquals("unknown", at(7, 25));
  }

  @Test
  void shouldForgetTheOldestEndedProcesses() {
    for (int pid = 1; pid <= TaskHistory.MAX_ENDED + 1; pid++) {
      history.onComm(pid, pid, "short", true, pid);
      history.onExit(pid, pid);
    }
    history.apply(Long.MAX_VALUE);

    assertEquals("unknown", at(1, Long.MAX_VALUE));
    assertEquals("short ", at(2, Long.MAX_VALUE));
  }

  @Test
  void shouldReadEventsFirstIfTheyMayBeOlderThanTheTime() {
    history.readWith(
        () -> {
          history.onComm(7, 7, "late", true, 60);
          history.apply(100);
        });
    history.apply(50);

    assertEquals("unknown", at(7, 50));
    assertEquals("late ", at(7, 70));
  }

  @Test
  void shouldTellWhoMayHaveInheritedAFile() {
    history.apply(10);
    history.onFork(1, 7, 20);
    history.onFork(7, 8, 30);
    history.onFork(8, 9, 40);
    history.onExit(8, 45);
    history.onFork(1, 10, 50);
    history.apply(60);

    assertTrue(history.mayHaveInherited(8, 7, 25));
    assertTrue(history.mayHaveInherited(9, 7, 25), "through a process that has ended");
    assertFalse(history.mayHaveInherited(9, 7, 35), "its parent is older than the file");
    assertFalse(history.mayHaveInherited(10, 7, 25), "another's child");
    assertTrue(history.mayHaveInherited(10, 1, 25));
    assertTrue(history.mayHaveInherited(11, 7, 25), "its fork was not seen");
    assertTrue(history.mayHaveInherited(10, 7, 5), "forks were not seen yet");
  }

  @Test
  void shouldNotDenyAnInheritanceAfterForksWereMissed() {
    history.apply(10);
    history.onFork(1, 7, 20);
    history.clear();
    history.onFork(3, 9, 40);
    history.apply(50);
    history.onFork(3, 10, 70);
    history.apply(80);

    assertTrue(history.mayHaveInherited(9, 7, 25));
    assertFalse(history.mayHaveInherited(10, 7, 60));
  }
}
