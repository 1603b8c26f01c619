package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.ProcessInfo;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What one process's counters were at the samples of the last minutes. A sample that changes
 * nothing takes no room, so a host of idle processes is cheap to remember.
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

  /** Whether these counters go on where this history ends; a pid used again starts anew. */
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

  /** Forgets what was before, but not what it had come to by then. */
  void forgetBefore(long nanos) {
    Point oldest = points.pollFirst();
    while (!points.isEmpty() && points.peekFirst().nanos() <= nanos) {
      oldest = points.pollFirst();
    }
    points.addFirst(oldest);
  }

  /** The counters as the last sample up to then saw them; before its first, a process had none. */
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
