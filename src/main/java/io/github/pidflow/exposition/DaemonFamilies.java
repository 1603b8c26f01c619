package io.github.pidflow.exposition;

import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DaemonDistribution;
import io.github.pidflow.runtime.DaemonDistributions;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The daemon's build, the state of its components, its counters and its histograms. */
public final class DaemonFamilies implements MetricFamilies {
  private static final MetricFamily BUILD =
      MetricFamily.info("pidflow_build", "The version, the commit and the Java version in use.");
  private static final MetricFamily UP =
      MetricFamily.gauge(
          "pidflow_component_up", "Whether a component of the daemon is up: 1 or 0.");
  private static final Map<DaemonCounter, MetricFamily> COUNTERS =
      new EnumMap<>(DaemonCounter.class);
  private static final Map<DaemonDistribution, MetricFamily> HISTOGRAMS =
      new EnumMap<>(DaemonDistribution.class);

  static {
    for (DaemonCounter each : DaemonCounter.values()) {
      COUNTERS.put(each, MetricFamily.counter("pidflow_" + each.metric(), each.help()));
    }
    for (DaemonDistribution each : DaemonDistribution.values()) {
      HISTOGRAMS.put(each, MetricFamily.histogram("pidflow_" + each.metric(), each.help()));
    }
  }

  private final BuildInfo build;
  private final DaemonCounters counters;
  private final Supplier<Map<String, Boolean>> components;

  /**
   * @param components whether each component is up, by its name
   */
  public DaemonFamilies(
      BuildInfo build, DaemonCounters counters, Supplier<Map<String, Boolean>> components) {
    this.build = build;
    this.counters = counters;
    this.components = components;
  }

  @Override
  public void writeTo(MetricWriter writer) {
    writer.begin(BUILD);
    writer
        .label("version", build.version())
        .label("revision", build.commit())
        .label("javaversion", System.getProperty("java.version", ""))
        .value(1.0);
    writer.begin(UP);
    new TreeMap<>(components.get())
        .forEach((name, isUp) -> writer.label("component", name).value(isUp ? 1.0 : 0.0));
    COUNTERS.forEach(
        (counter, family) -> {
          if (writer.begin(family)) {
            writer.value(counters.value(counter) * counter.scale());
          }
        });
    HISTOGRAMS.forEach((distribution, family) -> write(distribution, family, writer));
  }

  private void write(DaemonDistribution distribution, MetricFamily family, MetricWriter writer) {
    DaemonDistributions values = counters.distributions();
    writer.begin(family);
    long cumulative = 0;
    for (int bucket = 0; bucket < distribution.buckets(); bucket++) {
      cumulative += values.count(distribution, bucket);
      writer.bucket(distribution.bound(bucket), (double) cumulative);
    }
    writer.part(SamplePart.SUM).value(values.sum(distribution));
    writer.part(SamplePart.COUNT).value((double) cumulative);
  }
}
