package io.github.pidflow.exposition;

import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.prometheus.client.Collector;
import java.io.IOException;
import java.util.List;

/**
 * The whole page, part by part in the order given. A part that fails costs its own families and not
 * the page: simpleclient's registry would let the first exception through, and orders its
 * collectors by chance.
 */
public final class PageParts {
  private static final FamilyHead SUCCESS =
      FamilyHead.gauge(
          "pidflow_collector_success", "Whether a part of this page could be collected: 1 or 0.");

  private final List<Part> parts;
  private final DaemonCounters counters;
  private final DistinctErrors errors;

  public PageParts(List<Part> parts, DaemonCounters counters, DistinctErrors errors) {
    this.parts = List.copyOf(parts);
    this.counters = counters;
    this.errors = errors;
  }

  void write(PageWriter page) {
    boolean[] written = new boolean[parts.size()];
    boolean whole = true;
    for (int i = 0; i < written.length; i++) {
      written[i] = write(parts.get(i), page);
      whole &= written[i];
    }
    if (!whole) {
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
    }
    page.family(SUCCESS);
    for (int i = 0; i < written.length && page.wanted(); i++) {
      page.label("collector", parts.get(i).name()).value(written[i] ? 1 : 0);
    }
    page.end();
  }

  /** All of a part or nothing; a LinkageError is what a runtime image short of a module throws. */
  private boolean write(Part part, PageWriter page) {
    PageText.Mark before = page.mark();
    try {
      part.source.write(page);
      return true;
    } catch (IOException | RuntimeException | LinkageError e) {
      page.reset(before);
      errors.record("collector " + part.name, e);
      return false;
    }
  }

  /** One part of the page. */
  public static final class Part {
    private final String name;
    private final PageSource source;

    private Part(String name, PageSource source) {
      this.name = name;
      this.source = source;
    }

    /**
     * What writes itself.
     *
     * @param name value of the {@code collector} label
     */
    public static Part of(String name, TrafficFamilies families) {
      return new Part(name, families);
    }

    /** What a collector of simpleclient says. */
    public static Part of(String name, Collector collector) {
      return new Part(name, PageSource.of(collector));
    }

    String name() {
      return name;
    }
  }
}
