package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class EntrantsTest {
  private final Entrants entrants = new Entrants();

  @Test
  void shouldKeepEveryTaskOfANamespaceTheLatestFirst() {
    entrants.add(1, 10);
    entrants.add(2, 20);
    entrants.add(1, 11);

    assertEquals(List.of(11, 10), List.copyOf(entrants.byNamespace().get(1L)));
    assertEquals(List.of(20), List.copyOf(entrants.byNamespace().get(2L)));
    assertFalse(entrants.isCut());
  }

  @Test
  void shouldTellThatItKeptNotAll() {
    for (int task = 0; task <= Entrants.MAX_TASKS; task++) {
      entrants.add(1, task);
    }

    assertEquals(Entrants.MAX_TASKS, entrants.byNamespace().get(1L).size());
    assertTrue(entrants.isCut());
  }
}
