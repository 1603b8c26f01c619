package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The behaviour of {@link ProcessRows} with more processes than rows. */
@Timeout(60)
class ProcessLimitTest {
  private static final ProcessInfo A = Samples.process(1, 1, "a");
  private static final ProcessInfo B = Samples.process(2, 1, "b");
  private static final ProcessInfo C = Samples.process(3, 1, "c");
  private static final ProcessInfo D = Samples.process(4, 1, "d");

  private final DaemonCounters counters = new DaemonCounters();
  private final Groups groups = new Groups(Samples.settings(1, 2, 10), counters);
  private final ProcessRows rows = new ProcessRows(Samples.settings(1, 2, 10), groups, counters);

  @Test
  void shouldShareOneRowButNoGroupWhileAllRowsAreLive() {
    live(0, A, B, C, D);
    send(A, 1, 0);
    send(C, 10, 0);
    send(D, 100, 0);

    assertEquals(2, counters.value(DaemonCounter.PROCESSES_FOLDED));
    assertEquals(Map.of("a", 1L, "b", 0L, "other", 110L), read(0));
    assertEquals(Map.of("a", 1L, "b", 0L, "c", 10L, "d", 100L), readGroups());
  }

  @Test
  void shouldGiveASharingProcessItsOwnGroupWhenAReloadMakesRoom() {
    Groups few = new Groups(Samples.settings(1, 2, 2), counters);
    ProcessRows sharing = new ProcessRows(Samples.settings(1, 2, 2), few, counters);
    sharing.retainLive(List.of(A, B, C), 0);
    sharing.add(C, Direction.TX, 10, 1, 0);

    few.apply(Samples.settings(1, 2, 10));
    sharing.apply(Samples.settings(1, 2, 10));
    sharing.add(C, Direction.TX, 5, 1, 0);

    assertEquals(
        Map.of("a", 0L, "b", 0L, "c", 5L, Groups.OTHER, 10L),
        few.snapshot().stream()
            .collect(Collectors.toMap(GroupTraffic::group, each -> each.traffic().txBytes())));
  }

  @Test
  void shouldReuseTheRowThatEndedFirst() {
    live(0, A, B);
    live(1, B);
    live(2);
    live(3, C);
    assertEquals(Map.of("b", 0L, "c", 0L), read(3));
    live(4, C, D);

    assertEquals(Map.of("c", 0L, "d", 0L), read(4));
  }

  @Test
  void shouldGiveASharingProcessItsOwnRowWhenOneIsFreed() {
    live(0, A, B, C);
    send(C, 10, 0);
    live(1, B, C);
    live(2, A, B, C);
    send(A, 100, 2);
    send(B, 100, 2);
    live(3, B, C);
    for (int i = 0; i < 3; i++) {
      assertEquals(Map.of("a", 100L, "b", 100L, "other", 10L), read(20));
    }
    send(C, 5, 20);

    assertEquals(Map.of("b", 100L, "c", 5L, "other", 10L), read(20));
  }

  @Test
  void shouldFoldTheQuietestRowForAClearlyBusierProcess() {
    live(0, A, B, C, D);
    send(A, 1000, 0);
    send(B, 100, 0);
    send(C, 400, 0);
    assertEquals(Map.of("a", 1000L, "b", 100L, "other", 400L), read(0));
    send(C, 401, 1);
    assertEquals(Map.of("a", 1000L, "b", 100L, "other", 801L), read(1));
    send(B, 7, 2);
    send(C, 9, 2);

    assertEquals(Map.of("a", 1000L, "c", 9L, "other", 801L + 107), read(2));
    assertEquals(Map.of("a", 1000L, "b", 107L, "c", 810L, "d", 0L), readGroups());
    assertEquals(3, counters.value(DaemonCounter.PROCESSES_FOLDED));
  }

  @Test
  void shouldNotSwapRowsOfProcessesWithSimilarTraffic() {
    live(0, A, B, C, D);
    for (int second = 0; second < 100; second++) {
      for (ProcessInfo each : List.of(D, C, B, A)) {
        send(each, 100, second);
      }
      assertEquals(Set.of("a", "b", "other"), read(second).keySet());
    }
  }

  /**
   * Fifty thousand processes with random traffic: at each read, the sum has risen by what they
   * moved.
   */
  @Test
  void shouldConserveBytesOfFiftyThousandProcesses() {
    Groups few = new Groups(Samples.settings(1, 2000, 100), counters);
    ProcessRows many = new ProcessRows(Samples.settings(1, 2000, 100), few, counters);
    List<ProcessInfo> processes = new ArrayList<>();
    for (int pid = 1; pid <= 50_000; pid++) {
      processes.add(Samples.process(pid, 1, "worker" + pid % 50));
    }
    many.retainLive(processes, 0);
    Random random = new Random(7);
    long sent = 0;
    for (int second = 0; second < 10; second++) {
      for (int i = 0; i < 100_000; i++) {
        long bytes = 1L << random.nextInt(20);
        many.add(processes.get(random.nextInt(processes.size())), Direction.TX, bytes, 1, second);
        sent += bytes;
      }
      List<ProcessTraffic> read = many.scrape(second * Samples.SECOND);
      assertEquals(2001, read.size());
      assertEquals(sent, read.stream().mapToLong(row -> row.traffic().txBytes()).sum());
      assertEquals(sent, few.snapshot().stream().mapToLong(row -> row.traffic().txBytes()).sum());
    }
    assertTrue(counters.value(DaemonCounter.PROCESSES_FOLDED) > 48_000);
  }

  /**
   * Two sharing processes must not displace each other: that would cost a pass over all rows per
   * packet.
   */
  @Test
  void shouldNotAllocateForSharingProcesses() {
    live(0, A, B, C, D);
    int packets = 100_000;
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    sendInTurn(packets);

    long before = threads.getThreadAllocatedBytes(thread);
    sendInTurn(packets);
    long allocated = threads.getThreadAllocatedBytes(thread) - before;

    assertTrue(allocated < packets / 10, allocated + " bytes");
    assertEquals(4L * packets, read(0).get("other"));
  }

  private void sendInTurn(int packets) {
    for (int i = 0; i < packets; i++) {
      rows.add(C, Direction.TX, 1, 1, 0);
      rows.add(D, Direction.TX, 1, 1, 0);
    }
  }

  private void live(int second, ProcessInfo... processes) {
    rows.retainLive(List.of(processes), second * Samples.SECOND);
  }

  private void send(ProcessInfo process, long bytes, int second) {
    rows.add(process, Direction.TX, bytes, 1, second * Samples.SECOND);
  }

  private Map<String, Long> readGroups() {
    return groups.snapshot().stream()
        .collect(Collectors.toMap(each -> each.group(), each -> each.traffic().txBytes()));
  }

  private Map<String, Long> read(int second) {
    return rows.scrape(second * Samples.SECOND).stream()
        .collect(Collectors.toMap(row -> row.process().comm(), row -> row.traffic().txBytes()));
  }
}
