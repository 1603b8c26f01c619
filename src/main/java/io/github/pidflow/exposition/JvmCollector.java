package io.github.pidflow.exposition;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.DefaultExports;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * The {@code jvm_*} and {@code process_*} families of simpleclient_hotspot, as one collector and in
 * an order that does not change from scrape to scrape.
 */
public final class JvmCollector extends Collector {
  private final CollectorRegistry hotspot = new CollectorRegistry();

  public JvmCollector() {
    DefaultExports.register(hotspot);
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return Collections.list(hotspot.metricFamilySamples()).stream()
        .sorted(Comparator.comparing((MetricFamilySamples family) -> family.name))
        .toList();
  }
}
