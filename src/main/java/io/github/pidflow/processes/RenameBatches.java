package io.github.pidflow.processes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Chooses which processes are identified again, and when, so that renames cost a bounded part of
 * the thread's time. A batch has at most {@value #MAX_BATCH} processes, and batches take a tenth of
 * the time at most. A process that renames itself again and again has to rest between two batches,
 * longer each time, while others do not wait for it.
 */
final class RenameBatches {
  static final int MAX_BATCH = 256;

  /** Minimum time between two batches, since each one may publish a new table. */
  static final long SPACING_NANOS = 100_000_000;

  static final long MAX_REST_NANOS = 5_000_000_000L;

  /** How many times the cost of a batch must pass before the next one. */
  private static final int COST_SPACING = 9;

  private final Set<Integer> renamed = new LinkedHashSet<>();

  /** Processes that may have been renamed, since events were lost. */
  private final Set<Integer> doubtful = new LinkedHashSet<>();

  private final Map<Integer, Rest> rests = new HashMap<>();
  private long nextNanos;

  /** Until when a process is not identified again, and how long that is since the last time. */
  private record Rest(long untilNanos, long nanos) {}

  RenameBatches(long nowNanos) {
    nextNanos = nowNanos;
  }

  void add(int pid) {
    renamed.add(pid);
  }

  /** Adds processes whose renames may have been lost. */
  void addDoubtful(List<Integer> pids) {
    doubtful.addAll(pids);
  }

  boolean hasDoubtful() {
    return !doubtful.isEmpty();
  }

  boolean isEmpty() {
    return renamed.isEmpty() && doubtful.isEmpty();
  }

  boolean isDue(long nowNanos) {
    return nowNanos - nextNanos >= 0;
  }

  /** Removes and returns the next batch; empty if it is not due. */
  List<Integer> poll(long nowNanos) {
    if (isEmpty() || !isDue(nowNanos)) {
      return List.of();
    }
    nextNanos = nowNanos + SPACING_NANOS;
    rests.values().removeIf(each -> nowNanos - each.untilNanos > MAX_REST_NANOS);
    List<Integer> batch = new ArrayList<>();
    Iterator<Integer> candidates = renamed.iterator();
    while (batch.size() < MAX_BATCH && candidates.hasNext()) {
      int pid = candidates.next();
      Rest last = rests.get(pid);
      if (last == null || nowNanos - last.untilNanos >= 0) {
        candidates.remove();
        batch.add(pid);
        rests.put(pid, rest(last, nowNanos));
      }
    }
    Iterator<Integer> others = doubtful.iterator();
    while (batch.size() < MAX_BATCH && others.hasNext()) {
      int pid = others.next();
      others.remove();
      if (!renamed.contains(pid)) {
        batch.add(pid);
      }
    }
    return batch;
  }

  private static Rest rest(Rest last, long nowNanos) {
    boolean again = last != null && nowNanos - last.untilNanos <= last.nanos;
    long nanos = again ? Math.min(2 * last.nanos, MAX_REST_NANOS) : SPACING_NANOS;
    return new Rest(nowNanos + nanos, nanos);
  }

  /** Puts off the next batch by what the last one has cost. */
  void spend(long costNanos, long nowNanos) {
    long soonest = nowNanos + COST_SPACING * costNanos;
    if (soonest - nextNanos > 0) {
      nextNanos = soonest;
    }
  }
}
