package io.github.pidflow.exposition;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;

/** What writes families onto a page. */
interface PageSource {
  void write(PageWriter page) throws IOException;

  /** What a collector of simpleclient says, through a registry of its own. */
  static PageSource of(Collector collector) {
    CollectorRegistry registry = new CollectorRegistry();
    registry.register(collector);
    return page -> page.families(registry.filteredMetricFamilySamples(page.asked()));
  }
}
