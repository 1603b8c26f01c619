package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/**
 * Samples of every process's counters over the last minutes, from which rates are computed. It is
 * bounded in time and in points: with many busy processes it reaches less far back, and each rate
 * comes with the interval it was measured over.
 *
 * <p>Times are nanoseconds since its creation, when every counter was 0.
 */
final class TrafficHistory {
  static final Duration REACH = Duration.ofMinutes(5);

  /** Longer than the reach, so that the start of the reach lies between two samples. */
  private static final long KEPT_NANOS = REACH.plusSeconds(30).toNanos();

  private static final int MAX_POINTS = 100_000;
  private static final double NANOS_PER_SECOND = 1e9;

  private final int maxPoints;
  private final TreeSet<Long> times = new TreeSet<>(List.of(0L));
  private Map<Label, ProcessHistory> processes = Map.of();

  /** Identifies a row of the meter. */
  private record Label(int pid, String comm) {}

  TrafficHistory() {
    this(MAX_POINTS);
  }

  TrafficHistory(int maxPoints) {
    this.maxPoints = maxPoints;
  }

  /** Adds a sample, unless it is older than the last one. */
  synchronized void add(TrafficSnapshot snapshot, long nanos) {
    if (nanos <= times.last()) {
      return;
    }
    times.add(nanos);
    // Processes that the meter has dropped are dropped here too.
    Map<Label, ProcessHistory> next = new HashMap<>();
    for (ProcessTraffic each : snapshot.processes()) {
      Label label = new Label(each.process().pid(), each.process().comm());
      ProcessHistory history = processes.get(label);
      if (history != null && history.isContinuedBy(each)) {
        history.add(each, nanos);
      } else {
        history = new ProcessHistory(each, nanos);
      }
      next.put(label, history);
    }
    processes = next;
    forgetBefore(nanos - KEPT_NANOS);
    while (points() > maxPoints && times.size() > 2) {
      forgetBefore(times.higher(times.first()));
    }
  }

  private void forgetBefore(long nanos) {
    if (times.first() >= nanos) {
      return;
    }
    times.headSet(nanos).clear();
    processes.values().forEach(history -> history.forgetBefore(times.first()));
  }

  private int points() {
    return processes.values().stream().mapToInt(ProcessHistory::size).sum();
  }

  synchronized boolean isEmpty() {
    return times.last() == 0;
  }

  /** The time of the last sample. */
  synchronized long latestNanos() {
    return times.last();
  }

  /** The rates between the latest sample and the one nearest to the start of the window. */
  synchronized Rates rates(Duration window) {
    long to = times.last();
    long from = nearest(to - window.toNanos(), to);
    double seconds = (to - from) / NANOS_PER_SECOND;
    List<ProcessRate> rates = new ArrayList<>(processes.size());
    for (ProcessHistory history : processes.values()) {
      rates.add(rate(history, history.at(from), seconds));
    }
    return new Rates(seconds, rates);
  }

  private static ProcessRate rate(ProcessHistory history, Traffic before, double seconds) {
    Traffic now = history.latest();
    // Before the first sample there is no interval and no traffic.
    double length = seconds > 0 ? seconds : 1;
    return new ProcessRate(
        history.process(),
        now,
        (now.rxBytes() - before.rxBytes()) / length,
        (now.txBytes() - before.txBytes()) / length,
        (now.rxPackets() - before.rxPackets()) / length,
        (now.txPackets() - before.txPackets()) / length);
  }

  /** The sample nearest to a time, among those before {@code end}. */
  private long nearest(long wanted, long end) {
    Long below = times.floor(wanted);
    Long above = times.higher(wanted);
    if (above == null || above >= end) {
      return below == null ? times.first() : below;
    }
    return below == null || above - wanted < wanted - below ? above : below;
  }

  /**
   * The rates of the given processes over the whole reach, in equal steps that end with the latest
   * sample. Counters are interpolated linearly between samples.
   *
   * @return one course for each of the rates, in the same order
   */
  synchronized List<Course> courses(Collection<ProcessRate> rates, int steps) {
    List<Course> courses = new ArrayList<>(rates.size());
    for (ProcessRate rate : rates) {
      ProcessHistory history =
          processes.get(new Label(rate.process().pid(), rate.process().comm()));
      courses.add(
          new Course(
              course(history, steps, Traffic::rxBytes), course(history, steps, Traffic::txBytes)));
    }
    return courses;
  }

  private List<Long> course(ProcessHistory history, int steps, ToLongFunction<Traffic> counter) {
    double step = (double) REACH.toNanos() / steps;
    List<Long> course = new ArrayList<>(steps);
    for (int i = steps; i > 0; i--) {
      long from = times.last() - Math.round(i * step);
      long to = times.last() - Math.round((i - 1) * step);
      boolean known = history != null && from >= times.first();
      course.add(
          known
              ? Math.round(
                  (between(history, to, counter) - between(history, from, counter))
                      / (step / NANOS_PER_SECOND))
              : null);
    }
    return course;
  }

  private double between(ProcessHistory history, long nanos, ToLongFunction<Traffic> counter) {
    long before = times.floor(nanos);
    Long after = times.higher(nanos);
    long value = counter.applyAsLong(history.at(before));
    if (after == null) {
      return value;
    }
    double share = (double) (nanos - before) / (after - before);
    return value + share * (counter.applyAsLong(history.at(after)) - value);
  }

  /**
   * The rates of every process.
   *
   * @param seconds the interval they were measured over
   */
  record Rates(double seconds, List<ProcessRate> processes) {}

  /** Bytes per second at each step, oldest first; null for steps before the first sample. */
  record Course(List<Long> rxBytesPerSecond, List<Long> txBytesPerSecond) {}
}
