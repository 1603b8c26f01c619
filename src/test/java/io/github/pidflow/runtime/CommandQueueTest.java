package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class CommandQueueTest {
  private final AtomicInteger wakes = new AtomicInteger();
  private final CommandQueue queue = new CommandQueue(2, wakes::incrementAndGet);
  private final List<String> done = new ArrayList<>();

  @Test
  void shouldCarryOutCommandsInOrderOnTheThreadThatDrains() {
    queue.offer(() -> done.add("first"));
    queue.offer(() -> done.add("second"));
    assertEquals(List.of(), done);

    assertEquals(2, queue.drain(10));

    assertEquals(List.of("first", "second"), done);
    assertTrue(queue.isEmpty());
  }

  @Test
  void shouldWakeTheAgentForEachCommandItTakes() {
    queue.offer(() -> {});
    queue.offer(() -> {});
    queue.offer(() -> {});

    assertEquals(2, wakes.get());
  }

  @Test
  void shouldRefuseACommandThatFindsNoRoom() {
    assertTrue(queue.offer(() -> {}));
    assertTrue(queue.offer(() -> {}));
    assertFalse(queue.offer(() -> done.add("refused")));

    queue.drain(10);

    assertEquals(List.of(), done);
  }

  @Test
  void shouldLeaveCommandsBeyondTheLimitForTheNextTurn() {
    queue.offer(() -> done.add("first"));
    queue.offer(() -> done.add("second"));

    assertEquals(1, queue.drain(1));
    assertEquals(List.of("first"), done);
    assertFalse(queue.isEmpty());
  }

  @Test
  void shouldLeaveACommandGivenByACommandForTheNextTurn() {
    queue.offer(() -> queue.offer(() -> done.add("later")));

    assertEquals(1, queue.drain(10));
    assertEquals(List.of(), done);

    queue.drain(10);
    assertEquals(List.of("later"), done);
  }

  @Test
  void shouldExecuteTheCommandsAfterOneThatThrows() {
    RuntimeException first = new IllegalStateException("first");
    RuntimeException second = new IllegalStateException("second");
    CommandQueue longer = new CommandQueue(4, () -> {});
    longer.offer(() -> fail(first));
    longer.offer(() -> done.add("after the first"));
    longer.offer(() -> fail(second));
    longer.offer(() -> done.add("after the second"));

    assertSame(first, assertThrows(RuntimeException.class, () -> longer.drain(10)));

    assertEquals(List.of("after the first", "after the second"), done);
    assertEquals(List.of(second), List.of(first.getSuppressed()));
    assertTrue(longer.isEmpty());
  }

  private static void fail(RuntimeException failure) {
    throw failure;
  }
}
