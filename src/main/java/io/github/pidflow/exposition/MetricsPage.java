package io.github.pidflow.exposition;

import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import java.util.List;

/**
 * The parts of {@code /metrics}, written in the given order. A part that fails loses its own
 * families, not the page; {@code pidflow_collector_success} reports it.
 */
public final class MetricsPage {
  private static final MetricFamily SUCCESS =
      MetricFamily.gauge(
          "pidflow_collector_success", "Whether a part of this page could be collected: 1 or 0.");

  private final List<Part> parts;
  private final DaemonCounters counters;
  private final DistinctErrors errors;

  /** One part of the page. */
  public static final class Part {
    private final String name;
    private final MetricFamilies families;

    private Part(String name, MetricFamilies families) {
      this.name = name;
      this.families = families;
    }

    /**
     * Names a part of the page.
     *
     * @param name value of the {@code collector} label
     */
    public static Part of(String name, MetricFamilies families) {
      return new Part(name, families);
    }
  }

  public MetricsPage(List<Part> parts, DaemonCounters counters, DistinctErrors errors) {
    this.parts = List.copyOf(parts);
    this.counters = counters;
    this.errors = errors;
  }

  void writeTo(MetricWriter writer) {
    boolean[] written = new boolean[parts.size()];
    boolean complete = true;
    for (int i = 0; i < written.length; i++) {
      written[i] = write(parts.get(i), writer);
      complete &= written[i];
    }
    if (!complete) {
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
    }
    writer.begin(SUCCESS);
    for (int i = 0; i < written.length; i++) {
      writer.label("collector", parts.get(i).name).value(written[i] ? 1 : 0);
    }
    writer.end();
  }

  /** Writes all of a part or nothing. A runtime image that lacks a module throws LinkageError. */
  private boolean write(Part part, MetricWriter writer) {
    PageBuffer.Mark before = writer.mark();
    try {
      part.families.writeTo(writer);
      return true;
    } catch (RuntimeException | LinkageError e) {
      writer.reset(before);
      errors.record("collector " + part.name, e);
      return false;
    }
  }
}
