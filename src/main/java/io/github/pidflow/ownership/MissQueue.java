package io.github.pidflow.ownership;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.Collection;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** The one way back from the meter to ownership: bounded, and what it loses is counted. */
public final class MissQueue {
  private final BlockingQueue<Miss> queue;
  private final DaemonCounters counters;
  private final Runnable wake;
  private volatile boolean overflowed;

  /** A queue that wakes its reader, who may not be waiting, at each miss it takes. */
  MissQueue(int capacity, DaemonCounters counters, Runnable wake) {
    queue = new ArrayBlockingQueue<>(capacity);
    this.counters = counters;
    this.wake = wake;
  }

  /** Leaves a miss to be looked up; where there is no room, the next scan must do. */
  public void offer(Miss miss) {
    if (queue.offer(miss)) {
      wake.run();
    } else {
      overflowed = true;
      counters.increment(DaemonCounter.MISS_QUEUE_OVERFLOWS);
    }
  }

  /** Whether misses found no room since this was last asked. */
  boolean takeOverflow() {
    boolean since = overflowed;
    overflowed = false;
    return since;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Takes what there is, without waiting. */
  void drainTo(Collection<Miss> misses, int limit) {
    queue.drainTo(misses, limit);
  }
}
