package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.Samples;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.github.pidflow.runtime.NotStartedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests are answered by the only thread that may take a snapshot. */
@Timeout(30)
class MeteringProxyTest {
  private static final TrafficSnapshot SNAPSHOT =
      new TrafficSnapshot(List.of(), List.of(), List.of(), 0, 0, 0, 0);
  private static final int ASKERS = 4;

  private final SnapshotRequests scrapes = new SnapshotRequests();
  private final List<AccountingSettings> applied = new ArrayList<>();
  private final CommandQueue queue = new CommandQueue(ASKERS, () -> {});
  private final MeteringCommands commands =
      new MeteringCommands() {
        @Override
        public void onScrape(CompletableFuture<TrafficSnapshot> answer) {
          scrapes.add(answer);
        }

        @Override
        public void onSnapshot(CompletableFuture<TrafficSnapshot> answer) {
          throw new AssertionError("nobody asked for one");
        }

        @Override
        public void onApply(AccountingSettings settings) {
          applied.add(settings);
        }
      };
  private boolean started = true;
  private final MeteringProxy patient =
      new MeteringProxy(queue, commands, Duration.ofSeconds(20), () -> true);
  private final MeteringProxy hasty =
      new MeteringProxy(queue, commands, Duration.ofMillis(1), () -> started);
  private final AtomicInteger taken = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void shouldTakeNoSnapshotWithoutARequest() {
    turn(this::take);

    assertEquals(0, taken.get());
  }

  @Test
  void shouldAnswerAllPendingRequestsWithOneSnapshot() throws InterruptedException {
    List<CompletableFuture<TrafficSnapshot>> askers = new ArrayList<>();
    for (int i = 0; i < ASKERS; i++) {
      askers.add(asking());
    }

    turn(this::take);

    askers.forEach(asker -> assertSame(SNAPSHOT, asker.join()));
    assertEquals(1, taken.get());
  }

  @Test
  void shouldTakeAFreshSnapshotForTheNextRequest() throws InterruptedException {
    for (int i = 1; i <= 2; i++) {
      CompletableFuture<TrafficSnapshot> asker = asking();
      turn(this::take);
      asker.join();

      assertEquals(i, taken.get());
    }
  }

  @Test
  void shouldTimeOutWithoutAnAnswer() {
    IllegalStateException failure = assertThrows(IllegalStateException.class, hasty::scrape);

    assertEquals("the metering thread does not answer", failure.getMessage());
  }

  /** On a slow host that takes a while. It must not be logged as an error. */
  @Test
  void shouldTellAThreadThatHasYetToStartFromOneThatHangs() {
    DaemonCounters counters = new DaemonCounters();
    DistinctErrors errors = new DistinctErrors(counters);
    started = false;
    errors.record("history", assertThrows(NotStartedException.class, hasty::scrape));
    long whileStarting = counters.value(DaemonCounter.ERRORS);
    started = true;
    errors.record("history", assertThrows(IllegalStateException.class, hasty::scrape));

    assertEquals(0, whileStarting);
    assertEquals(1, counters.value(DaemonCounter.ERRORS));
  }

  /** Otherwise a daemon whose metering hangs would leak memory with each scrape. */
  @Test
  void shouldForgetRequestsThatTimedOut() {
    assertThrows(IllegalStateException.class, hasty::scrape);

    turn(this::take);

    assertEquals(0, taken.get());
  }

  @Test
  void shouldReportAFailureToTheCallerAndNotToTheMeteringThread() throws InterruptedException {
    CompletableFuture<TrafficSnapshot> asker = asking();
    ArithmeticException cause = new ArithmeticException("no sum");

    turn(
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

    assertThrows(IllegalStateException.class, patient::scrape);

    assertTrue(Thread.interrupted(), "the interrupt must be kept for the caller");
  }

  @Test
  void shouldFailImmediatelyWhenTheQueueIsFull() {
    for (int i = 0; i < ASKERS; i++) {
      assertThrows(IllegalStateException.class, hasty::scrape);
    }

    IllegalStateException failure = assertThrows(IllegalStateException.class, patient::scrape);

    assertEquals("the metering thread does not answer", failure.getMessage());
  }

  @Test
  void shouldApplySettingsOnTheMeteringThread() {
    AccountingSettings settings = Samples.settings(1, 1, 1);

    patient.apply(settings);
    assertEquals(List.of(), applied);
    turn(this::take);

    assertEquals(List.of(settings), applied);
    assertEquals(0, taken.get());
  }

  /** The metering thread's duty between two batches. */
  private void turn(Supplier<TrafficSnapshot> snapshots) {
    queue.drain(ASKERS);
    scrapes.answer(snapshots);
  }

  private TrafficSnapshot take() {
    taken.incrementAndGet();
    return SNAPSHOT;
  }

  /** Starts a request and returns when it is waiting. */
  private CompletableFuture<TrafficSnapshot> asking() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    Thread[] asker = new Thread[1];
    CompletableFuture<TrafficSnapshot> answer =
        CompletableFuture.supplyAsync(
            () -> {
              asker[0] = Thread.currentThread();
              started.countDown();
              return patient.scrape();
            },
            threads);
    started.await();
    while (asker[0].getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    return answer;
  }
}
