package io.github.pidflow.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FrameWeightsTest {
  private static final long MILLI = 1_000_000;
  private static final long START = 1_700_000_000_000_000_000L;

  private final FrameWeights weights = new FrameWeights(Duration.ofMillis(10));

  @Test
  void shouldCountEachFrameOnceWhileNothingChanges() {
    assertEquals(1, weights.weightAt(START));
  }

  @Test
  void shouldGiveWhatWasInTheRingItsOldWeight() {
    weights.change(8, START, 0);
    weights.change(2, START + 5 * MILLI, 5 * MILLI);

    assertEquals(1, weights.weightAt(START - 1));
    assertEquals(8, weights.weightAt(START));
    assertEquals(8, weights.weightAt(START + 5 * MILLI - 1));
    assertEquals(2, weights.weightAt(START + 5 * MILLI));
    assertEquals(2, weights.weightAt(START + 9 * MILLI));
  }

  @Test
  void shouldPassOverASampleThatLetNothingThrough() {
    weights.change(8, START, 0);
    weights.change(2, START + MILLI, MILLI);

    assertEquals(2, weights.weightAt(START + MILLI));
  }

  @Test
  void shouldNotWaitForAClockThatWasSetBack() {
    weights.change(8, START, 0);

    weights.ringEmptied(20 * MILLI);
    assertEquals(1, weights.weightAt(START - Duration.ofHours(1).toNanos()));
    weights.ringEmptied(20 * MILLI + 1);
    assertEquals(8, weights.weightAt(START - Duration.ofHours(1).toNanos()));
  }
}
