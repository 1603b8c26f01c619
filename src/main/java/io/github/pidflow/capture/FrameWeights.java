package io.github.pidflow.capture;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The weights of a ring's frames: how many packets each one stands for, across changes of the
 * sampling ratio.
 *
 * <p>A frame does not tell which filter passed it, but its timestamp is taken no later than the
 * filter runs. A frame stamped before the call that changed the filter returned therefore has the
 * old weight, a later one the new weight. This is wrong only for packets that met the new filter
 * before the call returned, some tens of microseconds of traffic: each change makes the counters
 * err by no more than that traffic, multiplied by the factor by which the weight fell, if it fell.
 *
 * <p>If the clock is set back in the meantime, all frames look old. A change is therefore also
 * complete once the ring has been found empty after it, and frames in flight at that time have had
 * time to arrive.
 */
final class FrameWeights {
  private final long graceNanos;
  private final Deque<Change> changes = new ArrayDeque<>();
  private int weight = 1;

  private record Change(int weight, long epochNanos, long changedAtNanos) {}

  FrameWeights(Duration retireTimeout) {
    graceNanos = 2 * retireTimeout.toNanos();
  }

  /** Gives frames stamped from {@code epochNanos} on another weight. */
  void change(int weight, long epochNanos, long nowNanos) {
    changes.addLast(new Change(weight, epochNanos, nowNanos));
  }

  /** The weight of a frame with this timestamp. Timestamps ascend, give or take microseconds. */
  int weightAt(long epochNanos) {
    while (!changes.isEmpty() && epochNanos >= changes.getFirst().epochNanos) {
      weight = changes.removeFirst().weight;
    }
    return weight;
  }

  /** Notes that the ring was found empty. */
  void ringEmptied(long nowNanos) {
    while (!changes.isEmpty() && nowNanos - changes.getFirst().changedAtNanos > graceNanos) {
      weight = changes.removeFirst().weight;
    }
  }
}
