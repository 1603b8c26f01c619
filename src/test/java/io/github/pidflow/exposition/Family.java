package io.github.pidflow.exposition;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.ArrayList;
import java.util.List;

/**
 * A metric family under construction. It has the OpenMetrics name, without the suffix its type adds
 * to the samples.
 */
final class Family {
  private final String name;
  private final Collector.Type type;
  private final String help;
  private final String sampleName;
  private final List<String> labelNames;
  private final List<Sample> samples = new ArrayList<>();

  private Family(
      String name, Collector.Type type, String help, String suffix, String... labelNames) {
    this.name = name;
    this.type = type;
    this.help = help;
    this.sampleName = name + suffix;
    this.labelNames = List.of(labelNames);
  }

  static Family counter(String name, String help, String... labelNames) {
    return new Family(name, Collector.Type.COUNTER, help, "_total", labelNames);
  }

  static Family gauge(String name, String help, String... labelNames) {
    return new Family(name, Collector.Type.GAUGE, help, "", labelNames);
  }

  static Family histogram(String name, String help) {
    return new Family(name, Collector.Type.HISTOGRAM, help, "");
  }

  /** A family whose samples are always 1: an info in OpenMetrics, a gauge in the older format. */
  static Family info(String name, String help, String... labelNames) {
    return new Family(name, Collector.Type.INFO, help, "_info", labelNames);
  }

  /** Adds a count, which the page shows exactly up to 2^53, that is, 8 PiB. */
  Family sample(long count, String... labelValues) {
    return sample(count, List.of(labelValues));
  }

  Family sample(long count, List<String> labelValues) {
    return sample((double) count, labelValues);
  }

  Family sample(double value, List<String> labelValues) {
    if (labelValues.size() != labelNames.size()) {
      throw new IllegalArgumentException(
          sampleName + " has the labels " + labelNames + ", not " + labelValues);
    }
    samples.add(new Sample(sampleName, labelNames, labelValues, value));
    return this;
  }

  /** Adds the number of a histogram's values that are at most this large. */
  Family bucket(double bound, long atMost) {
    List<String> le = List.of(Collector.doubleToGoString(bound));
    samples.add(new Sample(name + "_bucket", List.of("le"), le, atMost));
    return this;
  }

  /** Ends a histogram with the sum and the number of its values. */
  Family total(double sum, long count) {
    samples.add(new Sample(name + "_sum", List.of(), List.of(), sum));
    samples.add(new Sample(name + "_count", List.of(), List.of(), count));
    return this;
  }

  MetricFamilySamples samples() {
    return new MetricFamilySamples(name, type, help, samples);
  }
}
