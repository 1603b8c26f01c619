package io.github.pidflow.exposition;

import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole page as the only collector of its registry, so that a part that fails costs its own
 * families and not the page. A registry would let the first exception through, and orders its
 * collectors by chance; this one keeps the order it was given.
 */
public final class PageCollector extends Collector {
  private final List<Part> parts;
  private final DaemonCounters counters;
  private final DistinctErrors errors;

  public PageCollector(List<Part> parts, DaemonCounters counters, DistinctErrors errors) {
    this.parts = List.copyOf(parts);
    this.counters = counters;
    this.errors = errors;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family success =
        Family.gauge(
            "pidflow_collector_success",
            "Whether a part of this page could be collected: 1 or 0.",
            "collector");
    List<MetricFamilySamples> page = new ArrayList<>();
    boolean whole = true;
    for (Part part : parts) {
      boolean collected = collect(part, page);
      success.sample(collected ? 1 : 0, part.name());
      whole &= collected;
    }
    if (!whole) {
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
    }
    page.add(success.samples());
    return page;
  }

  /** All of a part or nothing; a LinkageError is what a runtime image short of a module throws. */
  private boolean collect(Part part, List<MetricFamilySamples> page) {
    try {
      page.addAll(List.copyOf(part.collector().collect()));
      return true;
    } catch (RuntimeException | LinkageError e) {
      errors.record("collector " + part.name(), e);
      return false;
    }
  }

  /**
   * One part of the page.
   *
   * @param name value of the {@code collector} label
   */
  public record Part(String name, Collector collector) {}
}
