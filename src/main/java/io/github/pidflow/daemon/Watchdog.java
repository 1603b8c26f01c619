package io.github.pidflow.daemon;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd now and then that packets are being read, and only then: a beat is sent if the
 * capture thread has done a turn since the look before. A thread that hangs takes its turns with
 * it, and systemd restarts the daemon once it has missed the beats for {@code WatchdogSec=}.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  /** Three looks within the time systemd waits: one may come late. */
  private static final int LOOKS = 3;

  private final LongSupplier turns;
  private final Runnable beat;
  private final CountDownLatch closed = new CountDownLatch(1);
  private long seen;
  private boolean stuck;

  /**
   * @param turns how often the capture thread has gone round
   * @param beat what tells systemd
   */
  Watchdog(LongSupplier turns, Runnable beat) {
    this.turns = turns;
    this.beat = beat;
    seen = turns.getAsLong();
  }

  void start(Duration limit) {
    Thread thread = new Thread(() -> lookEvery(limit.dividedBy(LOOKS)), "watchdog");
    thread.setDaemon(true);
    thread.start();
  }

  private void lookEvery(Duration pause) {
    try {
      while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends a beat if there was a turn since the last look. */
  void look() {
    long now = turns.getAsLong();
    boolean isStuck = now == seen;
    if (isStuck && !stuck) {
      LOG.error("the capture thread does not go round: no more beats for the watchdog until then");
    } else if (!isStuck) {
      beat.run();
    }
    stuck = isStuck;
    seen = now;
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
