package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HandOversTest {
  private static final long SECOND = 1_000_000_000L;

  private final HandOvers handOvers = new HandOvers();

  @Test
  void shouldAwaitAServiceForThreeSeconds() {
    assertTrue(handOvers.await(7, 0));
    assertTrue(handOvers.await(7, 2 * SECOND));
    assertFalse(handOvers.await(7, 3 * SECOND));
  }

  @Test
  void shouldAwaitTheServiceOfALaterConnection() {
    assertTrue(handOvers.await(7, 0));
    handOvers.retain(inode -> false);

    assertTrue(handOvers.await(7, 4 * SECOND));
  }

  @Test
  void shouldAwaitALimitedNumberOfServices() {
    for (int inode = 1; inode <= 4096; inode++) {
      assertTrue(handOvers.await(inode, 0));
    }
    assertFalse(handOvers.await(5000, 0));
    assertTrue(handOvers.await(1, 0));
  }
}
