package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scrapes get their snapshot from the one thread that may take it. */
@Timeout(30)
class SnapshotDeskTest {
  private static final TrafficSnapshot SNAPSHOT =
      new TrafficSnapshot(List.of(), List.of(), List.of(), 0, 0, 0, 0);
  private static final int ASKERS = 4;

  private final SnapshotDesk patient = new SnapshotDesk(Duration.ofSeconds(20), () -> {});
  private final SnapshotDesk hasty = new SnapshotDesk(Duration.ofMillis(1), () -> {});
  private final AtomicInteger taken = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void shouldTakeNoSnapshotForNobody() {
    patient.answer(this::take);

    assertEquals(0, taken.get());
  }

  @Test
  void shouldAnswerAllWhoAskedWithOneSnapshot() throws InterruptedException {
    List<CompletableFuture<TrafficSnapshot>> askers = new ArrayList<>();
    for (int i = 0; i < ASKERS; i++) {
      askers.add(asking());
    }

    patient.answer(this::take);

    askers.forEach(asker -> assertSame(SNAPSHOT, asker.join()));
    assertEquals(1, taken.get());
  }

  @Test
  void shouldTakeAFreshSnapshotForTheNextToAsk() throws InterruptedException {
    for (int i = 1; i <= 2; i++) {
      CompletableFuture<TrafficSnapshot> asker = asking();
      patient.answer(this::take);
      asker.join();

      assertEquals(i, taken.get());
    }
  }

  @Test
  void shouldFailWhereNobodyAnswers() {
    IllegalStateException failure = assertThrows(IllegalStateException.class, hasty::request);

    assertEquals("the metering thread does not answer", failure.getMessage());
  }

  /** Else a daemon whose metering hangs would fill its memory, scrape by scrape. */
  @Test
  void shouldForgetWhoGaveUp() {
    assertThrows(IllegalStateException.class, hasty::request);

    hasty.answer(this::take);

    assertEquals(0, taken.get());
  }

  @Test
  void shouldTellTheAskerAndNotTheMeteringThreadWhatFailed() throws InterruptedException {
    CompletableFuture<TrafficSnapshot> asker = asking();
    ArithmeticException cause = new ArithmeticException("no sum");

    patient.answer(
        () -> {
          throw cause;
        });

    CompletionException failure = assertThrows(CompletionException.class, asker::join);
    assertEquals("no snapshot", failure.getCause().getMessage());
    assertSame(cause, failure.getCause().getCause());
  }

  @Test
  void shouldStopWaitingWhenInterrupted() {
    Thread.currentThread().interrupt();

    assertThrows(IllegalStateException.class, patient::request);

    assertTrue(Thread.interrupted(), "the interrupt must be kept for the caller");
  }

  private TrafficSnapshot take() {
    taken.incrementAndGet();
    return SNAPSHOT;
  }

  /** Somebody who waits by the time this returns. */
  private CompletableFuture<TrafficSnapshot> asking() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    Thread[] asker = new Thread[1];
    CompletableFuture<TrafficSnapshot> answer =
        CompletableFuture.supplyAsync(
            () -> {
              asker[0] = Thread.currentThread();
              started.countDown();
              return patient.request();
            },
            threads);
    started.await();
    while (asker[0].getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    return answer;
  }
}
