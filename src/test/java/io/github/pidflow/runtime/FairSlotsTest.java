package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FairSlotsTest {
  private final FairSlots<String> slots = new FairSlots<>(4);

  @Test
  void shouldLeaveOneSlotToOthers() {
    serve("mallory");
    serve("prometheus");
    for (int i = 0; i < 3; i++) {
      assertTrue(slots.tryAcquire("mallory"));
    }

    assertFalse(slots.tryAcquire("mallory"));
    assertTrue(slots.tryAcquire("prometheus"));
  }

  @Test
  void shouldKeepTheLastSlotForWhoWasServedBefore() {
    serve("prometheus");
    for (int i = 0; i < 3; i++) {
      assertTrue(slots.tryAcquire("stranger " + i));
    }

    assertFalse(slots.tryAcquire("stranger 3"));
    assertTrue(slots.tryAcquire("prometheus"));
    assertFalse(slots.tryAcquire("prometheus"));
  }

  @Test
  void shouldNotKnowAClientThatWasNotServedInFull() {
    assertTrue(slots.tryAcquire("mallory"));
    slots.release("mallory", false);
    for (int i = 0; i < 3; i++) {
      assertTrue(slots.tryAcquire("stranger " + i));
    }

    assertFalse(slots.tryAcquire("mallory"));
    slots.release("stranger 0", false);
    assertTrue(slots.tryAcquire("mallory"));
  }

  private void serve(String client) {
    assertTrue(slots.tryAcquire(client));
    slots.release(client, true);
  }
}
