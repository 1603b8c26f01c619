package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessRowsTest {
  private static final ProcessInfo BASH = Samples.process(10, 1, "bash");
  private static final ProcessInfo CAT = Samples.process(10, 1, "cat");
  private static final ProcessInfo BASH_AGAIN = Samples.process(10, 1, "bash", "/bin/bash");
  private static final ProcessInfo REUSED = Samples.process(10, 99, "bash");

  private final Groups groups = new Groups(Samples.settings(1, 10, 10), new DaemonCounters());
  private final ProcessRows rows =
      new ProcessRows(Samples.settings(1, 10, 10), groups, new DaemonCounters());

  @Test
  void shouldShowLiveProcessesAtZero() {
    live(0, BASH, Samples.process(11, 1, "sshd"));

    assertEquals(Map.of("10 bash", 0L, "11 sshd", 0L), read(0));
    assertEquals(new Traffic(0, 0, 0, 0), rows.scrape(0).get(0).traffic());
    assertEquals(2, groups.snapshot().size());
  }

  @Test
  void shouldCountEachDirection() {
    rows.add(BASH, Direction.TX, 100, 2, 0);
    rows.add(BASH, Direction.RX, 7, 1, 0);
    rows.add(BASH, Direction.TX, 1, 1, 0);

    assertEquals(List.of(new ProcessTraffic(BASH, new Traffic(7, 1, 101, 3))), rows.scrape(0));
    assertEquals(new Traffic(7, 1, 101, 3), groups.snapshot().get(0).traffic());
  }

  @Test
  void shouldStartANewRowOnExecAndEndTheOldOne() {
    live(0, BASH);
    send(BASH, 100, 0);
    live(1, CAT);
    send(CAT, 7, 1);

    assertEquals(Map.of("10 bash", 100L, "10 cat", 7L), readAndLeave(20));
    assertEquals(Map.of("10 cat", 7L), read(20));
  }

  @Test
  void shouldContinueTheOldRowWhenANameReturns() {
    live(0, BASH);
    send(BASH, 100, 0);
    live(1, CAT);
    live(2, BASH_AGAIN);
    send(BASH_AGAIN, 5, 2);

    assertEquals(Map.of("10 bash", 105L, "10 cat", 0L), readAndLeave(30));
    assertEquals(Map.of("10 bash", 105L), read(30));
    assertEquals(BASH_AGAIN, rows.scrape(30).get(0).process());
  }

  @Test
  void shouldKeepARowThatCountedBeforeItsProcessWasReportedLive() {
    send(BASH, 100, 0);
    live(1, BASH);

    assertEquals(Map.of("10 bash", 100L), readAndLeave(30));
    assertEquals(Map.of("10 bash", 100L), read(30));
  }

  @Test
  void shouldStartAtZeroWhenAPidIsReusedUnderTheSameName() {
    live(0, BASH);
    send(BASH, 100, 0);
    live(1, REUSED);

    assertEquals(Map.of("10 bash", 0L), read(1));
    send(REUSED, 3, 1);
    assertEquals(Map.of("10 bash", 3L), read(1));
    assertEquals(REUSED, rows.scrape(1).get(0).process());
    assertEquals(103, groups.snapshot().get(0).traffic().txBytes());
  }

  /** A socket closed before the reuse still has the old owner. */
  @Test
  void shouldNotAddLateBytesToTheNewOwnerOfAReusedPid() {
    live(0, BASH);
    live(1, REUSED);
    send(REUSED, 3, 1);
    send(BASH, 100, 2);
    send(REUSED, 4, 2);

    assertEquals(Map.of("10 bash", 7L, "0 other", 100L), readAndLeave(30));
    assertEquals(Map.of("10 bash", 7L, "0 other", 100L), read(30));
  }

  /** As after an upgrade, when the late FIN of a socket closed before it arrives. */
  @Test
  void shouldNotEndTheRowWhenLateBytesOfThePreviousProgramArrive() {
    live(0, BASH);
    send(BASH, 100, 0);
    live(1, BASH_AGAIN);
    send(BASH, 5, 2);
    send(BASH_AGAIN, 1, 2);

    assertEquals(Map.of("10 bash", 106L), readAndLeave(30));
    assertEquals(Map.of("10 bash", 106L), read(30));
    assertEquals(BASH_AGAIN, rows.scrape(30).get(0).process());
  }

  @Test
  void shouldKeepAnEndedRowForItsRetentionAndThreeReads() {
    live(0, BASH);
    live(1);

    for (int second = 1; second < 11; second++) {
      assertEquals(Map.of("10 bash", 0L), read(second));
    }
    assertEquals(Map.of("10 bash", 0L), read(11));
    assertEquals(Map.of(), read(11));
  }

  @Test
  void shouldKeepAnEndedRowForThreeReadsEvenAfterItsRetention() {
    live(0, BASH);
    live(1);

    assertEquals(Map.of("10 bash", 0L), read(1000));
    assertEquals(Map.of("10 bash", 0L), read(1001));
    assertEquals(Map.of("10 bash", 0L), read(1002));
    assertEquals(Map.of(), read(1003));
  }

  @Test
  void shouldRestartRetentionWhenBytesArriveAfterTheEnd() {
    live(0, BASH);
    live(1);
    read(9);
    read(9);
    send(BASH, 8, 10);

    assertEquals(Map.of("10 bash", 8L), read(19));
    assertEquals(Map.of("10 bash", 8L), read(19));
    assertEquals(Map.of("10 bash", 8L), read(20));
    assertEquals(Map.of(), read(20));
  }

  /**
   * Otherwise an open browser page would remove an ended process before Prometheus has scraped its
   * last bytes.
   */
  @Test
  void shouldNotCountAPeekAsARead() {
    live(0, BASH);
    send(BASH, 8, 0);
    live(1);
    for (int i = 0; i < 10; i++) {
      assertEquals(List.of(new ProcessTraffic(BASH, new Traffic(0, 0, 8, 1))), rows.snapshot());
    }

    assertEquals(Map.of("10 bash", 8L), readAndLeave(1000));
    assertEquals(List.of(), rows.snapshot());
  }

  private void live(int second, ProcessInfo... processes) {
    rows.retainLive(List.of(processes), second * Samples.SECOND);
  }

  private void send(ProcessInfo process, long bytes, int second) {
    rows.add(process, Direction.TX, bytes, 1, second * Samples.SECOND);
  }

  /** Reads often enough to remove ended rows, and returns the first read. */
  private Map<String, Long> readAndLeave(int second) {
    Map<String, Long> read = read(second);
    read(second);
    read(second);
    return read;
  }

  private Map<String, Long> read(int second) {
    Map<String, Long> read = new TreeMap<>();
    for (ProcessTraffic each : rows.scrape(second * Samples.SECOND)) {
      String label = each.process().pid() + " " + each.process().comm();
      assertEquals(null, read.put(label, each.traffic().txBytes()), label + " twice");
    }
    return read;
  }
}
