package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.exposition.TrafficHistory.Course;
import io.github.pidflow.exposition.TrafficHistory.Rates;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rates match the counters over the reported time. */
@Timeout(30)
class TrafficHistoryTest {
  private static final long SECOND = 1_000_000_000;
  private static final Duration WINDOW = Duration.ofSeconds(15);

  private final TrafficHistory history = new TrafficHistory();

  @Test
  void shouldMeasureFromTheStartWhenYoungerThanTheWindow() {
    history.add(sample(process(1, 1, 4_000, 800)), 4 * SECOND);

    Rates rates = history.rates(WINDOW);

    assertEquals(4, rates.seconds());
    assertEquals(1_000, rates.processes().get(0).rxBytesPerSecond());
    assertEquals(200, rates.processes().get(0).txBytesPerSecond());
  }

  @Test
  void shouldMeasureOnlyOverTheWindow() {
    for (long second = 1; second <= 100; second++) {
      history.add(sample(process(1, 1, second * second, 0)), second * SECOND);
    }

    Rates rates = history.rates(WINDOW);

    assertEquals(15, rates.seconds());
    assertEquals((100 * 100 - 85 * 85) / 15.0, rates.processes().get(0).rxBytesPerSecond());
  }

  @Test
  void shouldReportTheMeasuredDurationWhenSamplesAreRare() {
    history.add(sample(process(1, 1, 100, 0)), 10 * SECOND);
    history.add(sample(process(1, 1, 700, 0)), 30 * SECOND);

    Rates rates = history.rates(WINDOW);

    assertEquals(20, rates.seconds());
    assertEquals(30, rates.processes().get(0).rxBytesPerSecond());
  }

  @Test
  void shouldCountAllBytesOfAProcessStartedWithinTheWindow() {
    history.add(sample(), SECOND);
    history.add(sample(process(1, 1, 600, 0)), 3 * SECOND);

    assertEquals(200, history.rates(WINDOW).processes().get(0).rxBytesPerSecond());
  }

  @Test
  void shouldStartOverWhenAPidIsReused() {
    history.add(sample(process(1, 1, 1_000_000, 0)), 20 * SECOND);
    history.add(sample(process(1, 2, 300, 0)), 30 * SECOND);

    assertEquals(30, history.rates(Duration.ofSeconds(10)).processes().get(0).rxBytesPerSecond());
  }

  @Test
  void shouldForgetProcessesRemovedFromTheMeter() {
    history.add(sample(process(1, 1, 5, 0), process(2, 1, 5, 0)), SECOND);
    history.add(sample(process(2, 1, 6, 0)), 2 * SECOND);

    assertEquals(
        List.of(2),
        history.rates(WINDOW).processes().stream().map(r -> r.process().pid()).toList());
  }

  @Test
  void shouldStillCoverTheWholeWindowAfterADay() {
    for (int second = 1; second <= 86_400; second += 5) {
      history.add(sample(process(1, 1, second * 7L, 0)), second * SECOND);
    }

    Rates rates = history.rates(TrafficHistory.REACH);

    assertEquals(300, rates.seconds());
    assertEquals(7, rates.processes().get(0).rxBytesPerSecond());
  }

  @Test
  void shouldCoverAShorterWindowWhenFull() {
    TrafficHistory small = new TrafficHistory(100);
    for (int second = 1; second <= 250; second++) {
      ProcessTraffic[] ten = new ProcessTraffic[10];
      for (int pid = 1; pid <= 10; pid++) {
        ten[pid - 1] = process(pid, 1, (long) pid * second, 0);
      }
      small.add(sample(ten), second * SECOND);
    }

    Rates rates = small.rates(TrafficHistory.REACH);

    assertTrue(rates.seconds() >= 5 && rates.seconds() <= 10, () -> "" + rates.seconds());
    for (ProcessRate rate : rates.processes()) {
      assertEquals(rate.process().pid(), rate.rxBytesPerSecond());
    }
  }

  @Test
  void shouldDrawALineBetweenSamplesAndNoneBeforeTheFirst() {
    history.add(sample(process(1, 1, 0, 0)), 15 * SECOND);
    history.add(sample(process(1, 1, 15_000, 3_000)), 30 * SECOND);
    history.add(sample(process(1, 1, 15_000, 3_000)), 45 * SECOND);

    Course course = history.courses(history.rates(WINDOW).processes(), 60).get(0);

    List<Long> wanted = new ArrayList<>(Collections.nCopies(51, null));
    wanted.addAll(List.of(0L, 0L, 0L, 1_000L, 1_000L, 1_000L, 0L, 0L, 0L));
    assertEquals(wanted, course.rxBytesPerSecond());
    assertEquals(200L, course.txBytesPerSecond().get(55));
  }

  private static ProcessTraffic process(int pid, long start, long rx, long tx) {
    return new ProcessTraffic(
        new ProcessInfo(new ProcessId(pid, start), "p" + pid, "", "", "", "", "", 0),
        new Traffic(rx, rx / 10, tx, tx / 10));
  }

  private static TrafficSnapshot sample(ProcessTraffic... processes) {
    return new TrafficSnapshot(List.of(processes), List.of(), List.of(), 0, 0, 0, 0);
  }
}
