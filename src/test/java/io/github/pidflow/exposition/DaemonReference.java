package io.github.pidflow.exposition;

import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DaemonDistribution;
import io.github.pidflow.runtime.DaemonDistributions;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The families of {@link DaemonFamilies} as simpleclient samples, the oracle in tests. */
final class DaemonReference extends Collector {
  private final BuildInfo build;
  private final DaemonCounters counters;
  private final Supplier<Map<String, Boolean>> components;

  /**
   * @param components whether each component is up, by its name
   */
  DaemonReference(
      BuildInfo build, DaemonCounters counters, Supplier<Map<String, Boolean>> components) {
    this.build = build;
    this.counters = counters;
    this.components = components;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    List<MetricFamilySamples> families = new ArrayList<>();
    families.add(
        Family.info(
                "pidflow_build",
                "The version, the commit and the Java version in use.",
                "version",
                "revision",
                "javaversion")
            .sample(
                1,
                LabelValue.of(build.version()),
                LabelValue.of(build.commit()),
                LabelValue.of(System.getProperty("java.version", "")))
            .samples());
    Family up =
        Family.gauge(
            "pidflow_component_up",
            "Whether a component of the daemon is up: 1 or 0.",
            "component");
    new TreeMap<>(components.get())
        .forEach((name, isUp) -> up.sample(isUp ? 1 : 0, LabelValue.of(name)));
    families.add(up.samples());
    for (DaemonCounter counter : DaemonCounter.values()) {
      families.add(
          Family.counter("pidflow_" + counter.metric(), counter.help())
              .sample(counters.value(counter) * counter.scale(), List.of())
              .samples());
    }
    for (DaemonDistribution distribution : DaemonDistribution.values()) {
      families.add(histogram(distribution));
    }
    return families;
  }

  private MetricFamilySamples histogram(DaemonDistribution distribution) {
    DaemonDistributions values = counters.distributions();
    Family family = Family.histogram("pidflow_" + distribution.metric(), distribution.help());
    long atMost = 0;
    for (int bucket = 0; bucket < distribution.buckets(); bucket++) {
      atMost += values.count(distribution, bucket);
      family.bucket(distribution.bound(bucket), atMost);
    }
    return family.total(values.sum(distribution), atMost).samples();
  }
}
