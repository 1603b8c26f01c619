package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class CaptureCloserTest {
  private final CountDownLatch slow = new CountDownLatch(1);
  private final AtomicInteger closed = new AtomicInteger();

  @Test
  void shouldNotLetTheMeteringThreadWait() throws Exception {
    try (CaptureCloser closer = new CaptureCloser()) {
      closeSlowly(closer);
      for (int i = 0; i < 10; i++) {
        closer.close(closed::incrementAndGet);
      }
      assertEquals(0, closed.get());
      closer.relieve();
      assertEquals(0, closed.get(), "so few may wait");
      slow.countDown();
    }
    assertEquals(10, closed.get(), "all are closed at the end");
  }

  @Test
  void shouldHaveTheOpenerCloseWhatIsTooMuch() throws Exception {
    try (CaptureCloser closer = new CaptureCloser()) {
      closeSlowly(closer);
      for (int i = 0; i < 100; i++) {
        closer.close(closed::incrementAndGet);
      }
      closer.relieve();
      closer.relieve();
      assertEquals(2, closed.get());
      slow.countDown();
    }
    assertEquals(100, closed.get());
  }

  @Test
  void shouldGoOnAfterAFailure() {
    try (CaptureCloser closer = new CaptureCloser()) {
      closer.close(
          () -> {
            throw new IllegalStateException("for the test");
          });
      closer.close(closed::incrementAndGet);
    }
    assertEquals(1, closed.get());
  }

  /** Keeps its thread busy until {@link #slow} is counted down. */
  private void closeSlowly(CaptureCloser closer) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    closer.close(
        () -> {
          begun.countDown();
          await(slow);
        });
    begun.await();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
