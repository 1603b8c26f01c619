package io.github.pidflow.runtime;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each distinct error once, with its stack, and again only when its count has grown tenfold:
 * an error a packet must not become a log line a packet. What makes errors distinct is who saw
 * them, their class and the place they were thrown at.
 */
public final class DistinctErrors {
  private static final Logger LOG = LoggerFactory.getLogger(DistinctErrors.class);
  private static final int MAX_DISTINCT = 200;

  private final DaemonCounters counters;
  private final Map<String, Tally> tallies = new HashMap<>();

  public DistinctErrors(DaemonCounters counters) {
    this.counters = counters;
  }

  public synchronized void record(String observer, Throwable error) {
    counters.increment(DaemonCounter.ERRORS);
    StackTraceElement[] stack = error.getStackTrace();
    String place = stack.length == 0 ? "" : stack[0].toString();
    String cause = observer + '|' + error.getClass().getName() + '|' + place;
    if (tallies.size() >= MAX_DISTINCT && !tallies.containsKey(cause)) {
      return;
    }
    Tally tally = tallies.computeIfAbsent(cause, ignored -> new Tally());
    tally.count++;
    if (tally.count == 1) {
      LOG.error("{}: {}", observer, error.toString(), error);
    } else if (tally.count == tally.nextLogged) {
      LOG.error("{}: {} (seen {} times)", observer, error.toString(), tally.count);
      tally.nextLogged *= 10;
    }
  }

  private static final class Tally {
    private long count;
    private long nextLogged = 10;
  }
}
