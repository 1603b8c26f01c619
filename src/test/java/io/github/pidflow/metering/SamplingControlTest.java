package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class SamplingControlTest {
  private static final double MAX = 0.5;
  private static final double IDLE = 0.002;

  private final SamplingControl control = new SamplingControl(MAX);
  private int oneIn = 1;
  private int changes;

  @Test
  void shouldCountEveryPacketAtLowLoad() {
    run(1000, n -> MAX);

    assertEquals(1, oneIn);
    assertEquals(0, changes);
  }

  @ParameterizedTest
  @CsvSource({"0.51, 2", "0.99, 2", "1.01, 4", "3.9, 8"})
  void shouldAdjustToTheLoadInOneStep(double cores, int expected) {
    look(cores, 1000, 0);
    look(cores, 1000, 0);
    assertEquals(1, oneIn);
    look(cores, 1000, 0);

    assertEquals(expected, oneIn);
    assertTrue(control.cause().contains("may take 0.50"), control.cause());
  }

  @ParameterizedTest
  @CsvSource({"1000, 11, 2", "1000, 500, 2", "1000, 900, 16", "1000, 1000, 1024"})
  void shouldAdjustToTheDrops(long packets, long drops, int expected) {
    look(0.1, packets, drops);

    assertEquals(expected, oneIn);
  }

  /** As when the thread pauses on a busy machine. */
  @ParameterizedTest
  @CsvSource({"1000, 10", "20, 20"})
  void shouldTolerateAFewDrops(long packets, long drops) {
    look(0.1, packets, drops);

    assertEquals(1, oneIn);
  }

  /** The ring is still full, whatever the new filter accepts. */
  @Test
  void shouldOnlyDoubleForDropsRightAfterAChange() {
    look(0.1, 1000, 900);
    assertEquals(16, oneIn);
    look(0.1, 1000, 1000);
    assertEquals(32, oneIn);
    look(0.1, 1000, 0);
    look(0.1, 1000, 900);
    assertEquals(512, oneIn);
  }

  @Test
  void shouldNotExceedTheMaximum() {
    for (int i = 0; i < 20; i++) {
      look(0.9, 1000, 20);
    }

    assertEquals(1024, oneIn);
  }

  @Test
  void shouldCountEveryPacketAgainAfterTheLoad() {
    run(23, n -> IDLE + 40.0 / n);
    assertEquals(128, oneIn);

    run(4, n -> IDLE);
    assertEquals(128, oneIn);
    run(1, n -> IDLE);
    assertEquals(1, oneIn);
  }

  @Test
  void shouldStayAtALevelTheLoadJustifies() {
    run(3, n -> IDLE + 3.0 / n);
    int settled = oneIn;
    changes = 0;
    run(10_000, n -> IDLE + 3.0 / n);

    assertEquals(settled, oneIn);
    assertEquals(0, changes);
  }

  /** Bursts that fill the ring use little CPU, so each return to full counting ends in drops. */
  @Test
  void shouldRetryWithIncreasingDelays() {
    for (int second = 0; second < 3600; second++) {
      look(0.1 / oneIn, 1000, oneIn == 1 ? 50 : 0);
    }

    assertTrue(changes <= 2 * 17, "it changed " + changes + " times within an hour");
    assertTrue(changes > 20, "it gave up after " + changes);
  }

  @Test
  void shouldRetrySoonWhenTheLoadIsNoLongerNearTheThreshold() {
    for (int second = 0; second < 600; second++) {
      look(0.1 / oneIn, 1000, oneIn == 1 ? 50 : 0);
    }
    run(400, n -> IDLE);
    assertEquals(1, oneIn);
    run(3, n -> 0.6 / n);
    assertEquals(2, oneIn);

    run(5, n -> IDLE);

    assertEquals(1, oneIn);
  }

  private void run(int looks, IntToDoubleFunction coresAtOneIn) {
    for (int i = 0; i < looks; i++) {
      look(coresAtOneIn.applyAsDouble(oneIn), 1000, 0);
    }
  }

  private void look(double cores, long packets, long drops) {
    int next = control.update(oneIn, cores, 1000 * packets, 1000 * drops);
    if (next != oneIn) {
      changes++;
    }
    oneIn = next;
  }
}
