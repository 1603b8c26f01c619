package io.github.pidflow.ownership;

import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.Collection;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** The one way back from the meter to ownership: bounded, and what it loses is counted. */
public final class MissQueue {
  private final BlockingQueue<Miss> queue;
  private final DaemonCounters counters;

  MissQueue(int capacity, DaemonCounters counters) {
    queue = new ArrayBlockingQueue<>(capacity);
    this.counters = counters;
  }

  /** Leaves a miss to be looked up; where there is no room, the next scan must do. */
  public void offer(Miss miss) {
    if (!queue.offer(miss)) {
      counters.increment(DaemonCounter.MISS_QUEUE_OVERFLOWS);
    }
  }

  /** Takes what there is, and waits a while for the first. */
  void drainTo(Collection<Miss> misses, int limit, long waitMillis) {
    try {
      Miss first = queue.poll(waitMillis, TimeUnit.MILLISECONDS);
      if (first != null) {
        misses.add(first);
        queue.drainTo(misses, limit - 1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
