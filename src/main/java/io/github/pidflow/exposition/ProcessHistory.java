package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.ProcessInfo;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The counters of one process at the samples of the last minutes. A sample equal to the one before
 * it is not stored, so idle processes take little memory.
 */
final class ProcessHistory {
  private static final Traffic NOTHING = new Traffic(0, 0, 0, 0);

  private record Point(long nanos, Traffic traffic) {}

  private final Deque<Point> points = new ArrayDeque<>();
  private ProcessInfo process;

  ProcessHistory(ProcessTraffic first, long nanos) {
    process = first.process();
    points.add(new Point(nanos, first.traffic()));
  }

  ProcessInfo process() {
    return process;
  }

  Traffic latest() {
    return points.getLast().traffic();
  }

  int size() {
    return points.size();
  }

  /** False if the counters start over, as for a reused pid. */
  boolean isContinuedBy(ProcessTraffic next) {
    Traffic last = latest();
    return next.process().id().equals(process.id())
        && next.traffic().rxBytes() >= last.rxBytes()
        && next.traffic().txBytes() >= last.txBytes();
  }

  void add(ProcessTraffic next, long nanos) {
    process = next.process();
    if (!next.traffic().equals(latest())) {
      points.add(new Point(nanos, next.traffic()));
    }
  }

  /** Drops older points, except the last of them, which holds the value at that time. */
  void forgetBefore(long nanos) {
    Point oldest = points.pollFirst();
    while (!points.isEmpty() && points.peekFirst().nanos() <= nanos) {
      oldest = points.pollFirst();
    }
    points.addFirst(oldest);
  }

  /** The counters at the last sample up to then, all 0 before the first. */
  Traffic at(long nanos) {
    var newestFirst = points.descendingIterator();
    while (newestFirst.hasNext()) {
      Point point = newestFirst.next();
      if (point.nanos() <= nanos) {
        return point.traffic();
      }
    }
    return NOTHING;
  }
}
