package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PacketClockTest {
  private static final long SECOND = 1_000_000_000;
  private static final long HOUR = 3600 * SECOND;
  private static final long NOW = 1_700_000_000 * SECOND;

  private final PacketClock clock = new PacketClock();

  @Test
  void shouldLeaveTimesAsTheyAre() {
    assertEquals(NOW, clock.steady(NOW));
    clock.advance(1000, NOW);

    assertEquals(NOW, clock.steady(NOW));
    assertEquals(5, clock.steady(5));
  }

  @Test
  void shouldNotGoBackWithTheWallClock() {
    clock.advance(0, NOW);
    clock.advance(-HOUR, NOW + SECOND);

    assertEquals(NOW + SECOND, clock.steady(NOW + SECOND - HOUR));
    assertEquals(NOW, clock.steady(NOW), "stamped before the clock was set");
  }

  @Test
  void shouldNotGoAheadWithTheWallClock() {
    clock.advance(0, NOW);
    clock.advance(HOUR, NOW + SECOND);

    assertEquals(NOW + SECOND, clock.steady(NOW + SECOND + HOUR));
    assertEquals(NOW, clock.steady(NOW), "stamped before the clock was set");
  }
}
