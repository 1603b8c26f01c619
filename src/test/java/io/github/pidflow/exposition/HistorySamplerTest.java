package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Samples are frequent while a client reads them, and cost next to nothing otherwise. */
@Timeout(30)
class HistorySamplerTest {
  private static final long SECOND = 1_000_000_000;

  private final DaemonCounters counters = new DaemonCounters();
  private final DistinctErrors errors = new DistinctErrors(counters);
  private final AtomicLong clock = new AtomicLong(-5 * SECOND);
  private final AtomicInteger samples = new AtomicInteger();

  @Test
  void shouldSampleEverySecondWhileWatchedAndRarelyOtherwise() {
    try (HistorySampler sampler = new HistorySampler(this::sample, errors, clock::get)) {
      assertEquals(20, samplesIn(300, sampler));

      sampler.watch();
      assertEquals(299, samplesIn(299, sampler));
      assertEquals(2, samplesIn(30, sampler));
    }
  }

  @Test
  void shouldProvideAFreshSampleOnRequest() {
    try (HistorySampler sampler = new HistorySampler(this::sample, errors, clock::get)) {
      for (int asked = 1; asked <= 3; asked++) {
        clock.addAndGet(10 * SECOND);
        TrafficHistory history = sampler.watch();
        sampler.watch();

        assertEquals(asked, samples.get());
        assertEquals(10L * asked * SECOND, history.latestNanos());
      }
    }
  }

  @Test
  void shouldCountAFailedSampleAndContinue() {
    try (HistorySampler sampler =
        new HistorySampler(
            () -> {
              if (samples.incrementAndGet() == 1) {
                throw new IllegalStateException("broken on purpose");
              }
              return Snapshots.small();
            },
            errors,
            clock::get)) {
      samplesIn(2, sampler);

      assertEquals(2, samples.get());
      assertEquals(1, counters.value(DaemonCounter.ERRORS));
    }
  }

  /** By then the metering thread, which would answer, has ended. */
  @Test
  void shouldStopWhileWaitingForASample() throws InterruptedException {
    CountDownLatch waiting = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    HistorySampler sampler =
        new HistorySampler(
            () -> {
              waiting.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } finally {
                stopped.countDown();
              }
              throw new IllegalStateException("interrupted");
            },
            errors,
            System::nanoTime);
    sampler.start();
    waiting.await();
    sampler.close();

    assertTrue(stopped.await(20, TimeUnit.SECONDS));
    assertEquals(0, counters.value(DaemonCounter.ERRORS));
  }

  private TrafficSnapshot sample() {
    samples.incrementAndGet();
    return Snapshots.small();
  }

  private int samplesIn(int seconds, HistorySampler sampler) {
    int before = samples.get();
    for (int second = 0; second < seconds; second++) {
      clock.addAndGet(SECOND);
      sampler.tick();
    }
    return samples.get() - before;
  }
}
