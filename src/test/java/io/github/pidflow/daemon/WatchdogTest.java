package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WatchdogTest {
  private final AtomicLong turns = new AtomicLong(7);
  private final AtomicInteger beats = new AtomicInteger();

  @Test
  void shouldNotifyOncePerCheckThatSawATurn() {
    Watchdog watchdog = new Watchdog(turns::get, beats::incrementAndGet);

    watchdog.check();
    assertEquals(0, beats.get(), "no turn since it was created");

    turns.addAndGet(1000);
    watchdog.check();
    assertEquals(1, beats.get());

    watchdog.check();
    watchdog.check();
    assertEquals(1, beats.get(), "the thread makes no progress");

    turns.incrementAndGet();
    watchdog.check();
    assertEquals(2, beats.get(), "the thread makes progress again");
  }

  @Test
  void shouldCheckThreeTimesWithinTheLimit() throws Exception {
    CountDownLatch threeBeats = new CountDownLatch(3);
    long started = System.nanoTime();
    try (Watchdog watchdog = new Watchdog(turns::incrementAndGet, threeBeats::countDown)) {
      watchdog.start(Duration.ofMillis(300));

      assertTrue(threeBeats.await(10, TimeUnit.SECONDS));
    }
    assertTrue(System.nanoTime() - started >= 299_000_000, "three pauses of 100 ms");
  }

  @Test
  void shouldNotNotifyOnceClosed() throws Exception {
    CountDownLatch beat = new CountDownLatch(1);
    AtomicInteger checks = new AtomicInteger();
    Watchdog watchdog =
        new Watchdog(
            () -> {
              checks.incrementAndGet();
              return turns.incrementAndGet();
            },
            beat::countDown);
    watchdog.close();
    watchdog.start(Duration.ofMillis(3));

    assertTrue(!beat.await(300, TimeUnit.MILLISECONDS));
    assertEquals(1, checks.get());
  }
}
