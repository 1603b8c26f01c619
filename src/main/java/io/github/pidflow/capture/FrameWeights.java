package io.github.pidflow.capture;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * For how many packets each frame of a ring stands, when the sample changes while the ring has
 * frames.
 *
 * <p>A frame does not say which filter let it through, but it has a time stamp, which the kernel
 * takes at the filter or before. So a frame stamped before the call that changed the filter
 * returned has the old weight, a later one the new. Wrong are only the packets the new filter met
 * before the call returned, some tens of microseconds of traffic: at each change the counters are
 * off by no more than what was sent in that time, times the factor by which the weight fell if it
 * fell.
 *
 * <p>A clock that is set back meanwhile would make every frame look old, so a change is also over
 * when the ring was found empty after it, and what was in the making then has had time to arrive.
 */
final class FrameWeights {
  private final long graceNanos;
  private final Deque<Change> changes = new ArrayDeque<>();
  private int weight = 1;

  private record Change(int weight, long epochNanos, long madeAtNanos) {}

  FrameWeights(Duration retireTimeout) {
    graceNanos = 2 * retireTimeout.toNanos();
  }

  /** Says that what is stamped from now on has another weight. */
  void change(int weight, long epochNanos, long nowNanos) {
    changes.addLast(new Change(weight, epochNanos, nowNanos));
  }

  /** The weight of the frame with this time stamp; stamps come in order but for microseconds. */
  int at(long epochNanos) {
    while (!changes.isEmpty() && epochNanos >= changes.getFirst().epochNanos) {
      weight = changes.removeFirst().weight;
    }
    return weight;
  }

  /** Says that every frame there was has been read. */
  void ringIsEmpty(long nowNanos) {
    while (!changes.isEmpty() && nowNanos - changes.getFirst().madeAtNanos > graceNanos) {
      weight = changes.removeFirst().weight;
    }
  }
}
