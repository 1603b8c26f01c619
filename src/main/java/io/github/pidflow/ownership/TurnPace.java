package io.github.pidflow.ownership;

import java.util.concurrent.locks.LockSupport;

/**
 * Delays turns of the ownership thread so that work accumulates: processes and sockets come and go
 * in bursts, and a turn has a fixed cost.
 */
final class TurnPace {
  private static final long BURST_NANOS = 1_000_000;

  /** The shortest turn where the kernel notes who closed a socket, so that no lookup is urgent. */
  private static final long NOTED_TURN_NANOS = 10_000_000;

  private final long turnNanos;
  private long lastTurnNanos = System.nanoTime();

  TurnPace(boolean notesClosings) {
    turnNanos = notesClosings ? NOTED_TURN_NANOS : 0;
  }

  /**
   * Waits until the next turn should begin. It does not wait if the last one was long ago.
   *
   * @param eventsOnly whether there are only events to read, and no packet waits for its owner
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
