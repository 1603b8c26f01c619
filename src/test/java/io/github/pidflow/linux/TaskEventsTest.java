package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against this machine's kernel, as root. */
@Timeout(30)
class TaskEventsTest {
  private static final int CAP_SYS_ADMIN = 21;
  private static final int AWAIT_MILLIS = 5000;

  private final TaskLog log = new TaskLog();
  private TaskEvents events;
  private Poller poller;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Capabilities.has(CAP_SYS_ADMIN), "needs root");
    poller = Poller.open();
    events = TaskEvents.open(EnumSet.allOf(TaskEvents.Kind.class));
    poller.add(events, 1);
  }

  @AfterEach
  void close() {
    if (events != null) {
      events.close();
      events.close();
      poller.close();
    }
  }

  private void await(String line) throws NativeIoException {
    while (!log.lines().contains(line)) {
      int ready = poller.await(AWAIT_MILLIS);
      events.drain(log);
      assertTrue(ready > 0 || log.lines().contains(line), () -> line + " not in " + log.lines());
    }
  }

  @Test
  void shouldReportAChildFromForkToExit() throws Exception {
    long before = BootClock.nanos();
    Process child = new ProcessBuilder("sh", "-c", "sleep 0 & wait; exec cat").start();
    long pid = child.pid();
    await("exec " + pid + ' ' + pid + " sh");
    await("exec " + pid + ' ' + pid + " cat");
    assertTrue(
        log.lines().stream().anyMatch(each -> each.matches("fork \\d+ " + pid)),
        () -> log.lines().toString());
    assertTrue(log.lines().stream().anyMatch(each -> each.startsWith("fork " + pid + ' ')));
    child.getOutputStream().close();
    child.waitFor();
    await("exit " + pid);
    long nanos = log.timesNanos().get(log.lines().indexOf("exit " + pid));
    assertTrue(before <= nanos && nanos <= BootClock.nanos(), "since boot");
    assertEquals(0, events.malformed());
  }

  @Test
  void shouldReportTheExecutableFirst() throws Exception {
    Process child = new ProcessBuilder("cat").start();
    Path exe = Path.of("/usr/bin/cat").toRealPath();
    await("map " + child.pid() + ' ' + exe);
    // Java starts another program first, which calls exec.
    String exec = "exec " + child.pid() + ' ' + child.pid() + " cat";
    long execNanos = log.timesNanos().get(log.lines().indexOf(exec));
    String first =
        IntStream.range(0, log.lines().size())
            .filter(i -> log.lines().get(i).startsWith("map " + child.pid() + ' '))
            .filter(i -> log.timesNanos().get(i) > execNanos)
            .boxed()
            .min(Comparator.comparingLong(i -> log.timesNanos().get(i)))
            .map(log.lines()::get)
            .orElseThrow();
    assertEquals("map " + child.pid() + ' ' + exe, first);
    child.getOutputStream().close();
    child.waitFor();
  }

  @Test
  void shouldReportANewName() throws Exception {
    Process child = new ProcessBuilder("sh", "-c", "echo -n other > /proc/$$/comm; read x").start();
    await("comm " + child.pid() + ' ' + child.pid() + " other");
    child.getOutputStream().close();
    child.waitFor();
  }

  @Test
  void shouldReportTheNetworkNamespaceThatAProcessEnters() throws Exception {
    Process child = new ProcessBuilder("unshare", "-n", "sh", "-c", "echo in; exec cat").start();
    assertEquals(
        "in",
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))
            .readLine());
    String net = Files.readSymbolicLink(Path.of("/proc/" + child.pid() + "/ns/net")).toString();
    await("net " + child.pid() + ' ' + child.pid() + ' ' + net.replaceAll("\\D", ""));
    child.getOutputStream().close();
    child.waitFor();
  }

  @Test
  void shouldCountRecordsLostInAFullRing() throws Exception {
    // The records of the children fill a ring of 128 KiB many times over.
    Process child =
        new ProcessBuilder("sh", "-c", "i=0; while [ $i -lt 3000 ]; do (:); i=$((i+1)); done")
            .start();
    child.waitFor();
    events.drain(log);
    new ProcessBuilder("sh", "-c", "(:);(:);(:);(:)").start().waitFor();
    events.drain(log);
    assertTrue(events.lost() > 0);
    assertEquals(0, events.malformed());
  }

  @Test
  void shouldParseTheListOfCpus() throws IOException {
    assertArrayEquals(new int[] {0, 1, 2, 5}, PerfRings.cpus("0-2,5\n"));
    assertArrayEquals(new int[] {0}, PerfRings.cpus("0\n"));
    assertThrows(IOException.class, () -> PerfRings.cpus("\n"));
  }
}
