package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AgentRunnerTest {
  private final DaemonCounters counters = new DaemonCounters();
  private final ScriptedAgent agent = new ScriptedAgent();
  private final CompletableFuture<Throwable> death = new CompletableFuture<>();
  private final AgentRunner runner =
      new AgentRunner(agent, new DistinctErrors(counters), death::complete);

  @Test
  void shouldRunEveryStepOnTheAgentsOwnThreadInOrder() throws Exception {
    assertFalse(runner.isRunning());
    runner.start();
    assertTrue(runner.isRunning());
    agent.worked.await();

    runner.close();

    assertFalse(runner.isRunning());
    assertEquals(
        List.of("start on scripted", "work on scripted", "close on scripted"), agent.calls);
    assertFalse(death.isDone());
    assertEquals(0, errors());
  }

  @Test
  void shouldCountItsTurnsAndStandStillWhileTheAgentHangs() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger works = new AtomicInteger();
    agent.work =
        () -> {
          if (works.incrementAndGet() == 4) {
            hangs.countDown();
            goOn.await();
          }
          return 1;
        };
    assertEquals(0, runner.turns());
    runner.start();

    hangs.await();
    assertEquals(3, runner.turns());
    goOn.countDown();
    while (runner.turns() < 10) {
      Thread.onSpinWait();
    }
    runner.close();
    assertEquals(works.get(), runner.turns());
  }

  @Test
  void shouldThrowWhatTheStartThrewAndNotRun() {
    IOException failure = new IOException("no socket");
    agent.start =
        () -> {
          throw failure;
        };

    assertSame(failure, assertThrows(IOException.class, runner::start));
    runner.close();

    assertFalse(runner.isRunning());
    assertEquals(List.of("start on scripted", "close on scripted"), agent.calls);
    assertFalse(death.isDone());
  }

  @Test
  void shouldThrowAnErrorOfTheStartTooEvenIfTheCloseFails() {
    agent.start =
        () -> {
          throw new NoClassDefFoundError("libpcap");
        };
    agent.close = AgentRunnerTest::fail;

    assertThrows(NoClassDefFoundError.class, runner::start);
    runner.close();

    assertEquals(1, errors());
  }

  @Test
  void shouldGoOnAfterFailuresThatASuccessParts() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch enough = new CountDownLatch(150);
    agent.work =
        () -> {
          enough.countDown();
          return calls.incrementAndGet() % 50 == 0 ? 1 : fail();
        };
    runner.start();

    assertTrue(enough.await(30, TimeUnit.SECONDS));
    assertTrue(runner.isRunning());
    runner.close();

    assertFalse(death.isDone());
    assertTrue(errors() >= 146, errors() + " errors");
  }

  @Test
  void shouldEndAfterAHundredFailuresInARowAndTell() throws Exception {
    agent.work = AgentRunnerTest::fail;
    runner.start();

    assertEquals("failed", death.get(30, TimeUnit.SECONDS).getMessage());
    runner.close();

    assertFalse(runner.isRunning());
    assertEquals(100, errors());
    assertEquals("close on scripted", agent.calls.get(2));
  }

  @Test
  void shouldEndAtAnErrorAtOnceAndTellAfterItClosed() throws Exception {
    agent.work =
        () -> {
          throw new StackOverflowError();
        };
    CompletableFuture<Integer> callsWhenTold = new CompletableFuture<>();
    AgentRunner telling =
        new AgentRunner(
            agent,
            new DistinctErrors(counters),
            cause -> callsWhenTold.complete(agent.calls.size()));
    telling.start();

    assertEquals(3, callsWhenTold.get(30, TimeUnit.SECONDS));
    telling.close();
  }

  /** An agent that failed in its work is likely to fail in its close too. */
  @Test
  void shouldTellOfADeathWhoseCloseFails() throws Exception {
    agent.work =
        () -> {
          throw new StackOverflowError();
        };
    agent.close = AgentRunnerTest::fail;
    runner.start();

    assertTrue(death.get(30, TimeUnit.SECONDS) instanceof StackOverflowError);
    runner.close();

    assertEquals(1, errors());
  }

  @Test
  void shouldReturnFromCloseOnlyOnceTheThreadEnded() throws Exception {
    CountDownLatch mayClose = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    AtomicInteger closed = new AtomicInteger();
    agent.close =
        () -> {
          closing.countDown();
          mayClose.await();
          return closed.incrementAndGet();
        };
    runner.start();
    CompletableFuture<Integer> closedBefore =
        CompletableFuture.supplyAsync(
            () -> {
              runner.close();
              return closed.get();
            });

    closing.await();
    assertNull(closedBefore.getNow(null));
    mayClose.countDown();

    assertEquals(1, closedBefore.get(30, TimeUnit.SECONDS));
  }

  @Test
  void shouldKeepTheInterruptOfWhoCloses() throws Exception {
    runner.start();
    Thread.currentThread().interrupt();

    runner.close();

    assertTrue(Thread.interrupted());
    assertFalse(runner.isRunning());
    assertEquals("close on scripted", agent.calls.get(agent.calls.size() - 1));
  }

  @Test
  void shouldCloseWithoutHavingStarted() {
    runner.close();

    assertEquals(List.of(), agent.calls);
  }

  /** As the daemon does when it is told of a death: on the thread that died. */
  @Test
  void shouldNotWaitForItselfWhenClosedFromItsOwnThread() throws Exception {
    CompletableFuture<String> closed = new CompletableFuture<>();
    agent.work =
        () -> {
          runner.close();
          closed.complete(Thread.currentThread().getName());
          return 1;
        };
    runner.start();

    assertEquals("scripted", closed.get(30, TimeUnit.SECONDS));
    runner.close();

    assertFalse(runner.isRunning());
  }

  private long errors() {
    return counters.value(DaemonCounter.ERRORS);
  }

  private static Integer fail() {
    throw new IllegalStateException("failed");
  }
}
