package io.github.pidflow.ownership;

import java.util.concurrent.locks.LockSupport;

/**
 * Lets some work come together before it is done: processes and sockets come and go in bursts, and
 * each turn of the ownership thread costs, however little there is to do.
 */
final class TurnPace {
  private static final long BURST_NANOS = 1_000_000;

  /** Who closed a socket is known however late it is asked, where the kernel notes that. */
  private static final long NOTED_TURN_NANOS = 10_000_000;

  private final long turnNanos;
  private long lastTurnNanos = System.nanoTime();

  TurnPace(boolean notesClosings) {
    turnNanos = notesClosings ? NOTED_TURN_NANOS : 0;
  }

  /**
   * Waits until the next turn should begin: at once after a while without one.
   *
   * @param eventsOnly whether there are only events to be read, and no packet waits for an owner
   */
  void pause(boolean eventsOnly) {
    long sinceLast = System.nanoTime() - lastTurnNanos;
    long pauseNanos = Math.max(turnNanos - sinceLast, eventsOnly ? BURST_NANOS : 0);
    if (pauseNanos > 0) {
      LockSupport.parkNanos(pauseNanos);
    }
    lastTurnNanos = System.nanoTime();
  }
}
