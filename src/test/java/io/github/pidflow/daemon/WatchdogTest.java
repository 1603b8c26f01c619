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
  void shouldBeatOnceForEachLookThatSawATurn() {
    Watchdog watchdog = new Watchdog(turns::get, beats::incrementAndGet);

    watchdog.look();
    assertEquals(0, beats.get(), "no turn since it was made");

    turns.addAndGet(1000);
    watchdog.look();
    assertEquals(1, beats.get());

    watchdog.look();
    watchdog.look();
    assertEquals(1, beats.get(), "the thread stands still");

    turns.incrementAndGet();
    watchdog.look();
    assertEquals(2, beats.get(), "it goes round again");
  }

  @Test
  void shouldLookThriceInTheTimeItIsGiven() throws Exception {
    CountDownLatch threeBeats = new CountDownLatch(3);
    long started = System.nanoTime();
    try (Watchdog watchdog = new Watchdog(turns::incrementAndGet, threeBeats::countDown)) {
      watchdog.start(Duration.ofMillis(300));

      assertTrue(threeBeats.await(10, TimeUnit.SECONDS));
    }
    assertTrue(System.nanoTime() - started >= 299_000_000, "three pauses of 100 ms");
  }

  @Test
  void shouldBeSilentOnceClosed() throws Exception {
    CountDownLatch beat = new CountDownLatch(1);
    AtomicInteger looks = new AtomicInteger();
    Watchdog watchdog =
        new Watchdog(
            () -> {
              looks.incrementAndGet();
              return turns.incrementAndGet();
            },
            beat::countDown);
    watchdog.close();
    watchdog.start(Duration.ofMillis(3));

    assertTrue(!beat.await(300, TimeUnit.MILLISECONDS));
    assertEquals(1, looks.get());
  }
}
