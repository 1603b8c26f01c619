package io.github.pidflow.daemon;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the systemd watchdog while the metering thread makes progress: each check sends a
 * notification if the thread has completed a turn since the check before. If the thread hangs,
 * systemd misses the notifications for {@code WatchdogSec=} and restarts the daemon.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  /** Checks within the time systemd waits, so that one may be late. */
  private static final int CHECKS = 3;

  private final LongSupplier turns;
  private final Runnable notifier;
  private final CountDownLatch closed = new CountDownLatch(1);
  private long lastTurns;
  private boolean wasStuck;

  /**
   * @param turns the number of turns the metering thread has completed
   * @param notifier notifies systemd
   */
  Watchdog(LongSupplier turns, Runnable notifier) {
    this.turns = turns;
    this.notifier = notifier;
    lastTurns = turns.getAsLong();
  }

  void start(Duration limit) {
    Thread thread = new Thread(() -> checkEvery(limit.dividedBy(CHECKS)), "watchdog");
    thread.setDaemon(true);
    thread.start();
  }

  private void checkEvery(Duration pause) {
    try {
      while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Notifies systemd if the thread has completed a turn since the last check. */
  void check() {
    long now = turns.getAsLong();
    boolean isStuck = now == lastTurns;
    if (isStuck && !wasStuck) {
      LOG.error(
          "the metering thread makes no progress: the systemd watchdog is not fed until it does");
    } else if (!isStuck) {
      notifier.run();
    }
    wasStuck = isStuck;
    lastTurns = now;
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
