package io.github.pidflow.runtime;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each distinct error once, with its stack trace, and again each time its count has grown
 * tenfold: an error at every packet must not become a log line at every packet. Errors are distinct
 * by observer, class and the place where they were thrown.
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
    if (error instanceof NotStartedException) {
      LOG.debug("{}: {}", observer, error.getMessage());
      return;
    }
    counters.increment(DaemonCounter.ERRORS);
    StackTraceElement[] stack = error.getStackTrace();
    String place = stack.length == 0 ? "" : stack[0].toString();
    String key = observer + '|' + error.getClass().getName() + '|' + place;
    if (tallies.size() >= MAX_DISTINCT && !tallies.containsKey(key)) {
      return;
    }
    Tally tally = tallies.computeIfAbsent(key, ignored -> new Tally());
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
