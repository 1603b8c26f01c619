package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@link ProcessRows} does when there are more processes than rows. */
@Timeout(60)
class ProcessLimitTest {
  private static final ProcessInfo A = Samples.process(1, 1, "a");
  private static final ProcessInfo B = Samples.process(2, 1, "b");
  private static final ProcessInfo C = Samples.process(3, 1, "c");
  private static final ProcessInfo D = Samples.process(4, 1, "d");

  private final Groups groups = new Groups(Samples.settings(1, 2, 10));
  private final ProcessRows rows = new ProcessRows(Samples.settings(1, 2, 10), groups);

  @Test
  void shouldShareOneRowAndGroupWhileAllOthersLive() {
    live(0, A, B, C, D);
    send(A, 1, 0);
    send(C, 10, 0);
    send(D, 100, 0);

    assertEquals(Map.of("a", 1L, "b", 0L, "(other)", 110L), read(0));
    assertEquals("(other)", groups.snapshot().get(0).group());
    assertEquals(110, groups.snapshot().get(0).traffic().txBytes());
  }

  @Test
  void shouldGiveTheRowThatEndedFirstToANewProcess() {
    live(0, A, B);
    live(1, B);
    live(2);
    live(3, C);
    assertEquals(Map.of("b", 0L, "c", 0L), read(3));
    live(4, C, D);

    assertEquals(Map.of("c", 0L, "d", 0L), read(4));
  }

  @Test
  void shouldGiveWhoSharedARowOfItsOwnOnceOneLeft() {
    live(0, A, B, C);
    send(C, 10, 0);
    live(1, B, C);
    for (int i = 0; i < 3; i++) {
      assertEquals(Map.of("a", 0L, "b", 0L, "(other)", 10L), read(20));
    }
    send(C, 5, 20);

    assertEquals(Map.of("b", 0L, "c", 5L, "(other)", 10L), read(20));
  }

  /** Two that share must not push each other out: that would cost a walk of all rows a packet. */
  @Test
  void shouldNotAllocateForThoseWhoShare() {
    live(0, A, B, C, D);
    int packets = 100_000;
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    sendInTurn(packets);

    long before = threads.getThreadAllocatedBytes(thread);
    sendInTurn(packets);
    long allocated = threads.getThreadAllocatedBytes(thread) - before;

    assertTrue(allocated < packets / 10, allocated + " bytes");
    assertEquals(4L * packets, read(0).get("(other)"));
  }

  private void sendInTurn(int packets) {
    for (int i = 0; i < packets; i++) {
      rows.add(C, Direction.TX, 1, 1, 0);
      rows.add(D, Direction.TX, 1, 1, 0);
    }
  }

  private void live(int second, ProcessInfo... processes) {
    rows.live(List.of(processes), second * Samples.SECOND);
  }

  private void send(ProcessInfo process, long bytes, int second) {
    rows.add(process, Direction.TX, bytes, 1, second * Samples.SECOND);
  }

  private Map<String, Long> read(int second) {
    return rows.read(second * Samples.SECOND).stream()
        .collect(Collectors.toMap(row -> row.process().comm(), row -> row.traffic().txBytes()));
  }
}
