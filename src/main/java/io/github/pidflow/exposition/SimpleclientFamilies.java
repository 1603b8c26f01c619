package io.github.pidflow.exposition;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.DefaultExports;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * The families of a registry of simpleclient, sorted by name: the registry itself orders its
 * collectors by hash code. pidflow uses it for {@code jvm_*} and {@code process_*}.
 */
public final class SimpleclientFamilies implements MetricFamilies {
  private final CollectorRegistry registry;

  SimpleclientFamilies(CollectorRegistry registry) {
    this.registry = registry;
  }

  /** The families of simpleclient_hotspot. */
  public static SimpleclientFamilies ofJvm() {
    CollectorRegistry hotspot = new CollectorRegistry();
    DefaultExports.register(hotspot);
    return new SimpleclientFamilies(hotspot);
  }

  @Override
  public void writeTo(MetricWriter writer) {
    List<MetricFamilySamples> families = Collections.list(registry.metricFamilySamples());
    families.sort(Comparator.comparing(family -> family.name));
    List<MetricFamilySamples> withCreated = new ArrayList<>();
    for (MetricFamilySamples family : families) {
      writer.begin(new MetricFamily(family.name, type(family.type), family.help));
      for (Sample sample : family.samples) {
        if (isCreated(family, sample) && !writer.hasCreatedPart()) {
          if (!withCreated.contains(family)) {
            withCreated.add(family);
          }
        } else {
          write(family, sample, writer);
        }
      }
    }
    for (MetricFamilySamples family : withCreated) {
      writer.begin(MetricFamily.gauge(family.name + SamplePart.CREATED.suffix(), family.help));
      for (Sample sample : family.samples) {
        if (isCreated(family, sample)) {
          writeLabelsAndValue(sample, writer);
        }
      }
    }
  }

  private static MetricFamily.Type type(Collector.Type type) {
    return switch (type) {
      case COUNTER -> MetricFamily.Type.COUNTER;
      case GAUGE -> MetricFamily.Type.GAUGE;
      case INFO -> MetricFamily.Type.INFO;
      case SUMMARY -> MetricFamily.Type.SUMMARY;
      default -> throw new IllegalArgumentException("no family of the JVM is a " + type);
    };
  }

  private static boolean isCreated(MetricFamilySamples family, Sample sample) {
    return sample.name.length() == family.name.length() + SamplePart.CREATED.suffix().length()
        && sample.name.endsWith(SamplePart.CREATED.suffix());
  }

  private static void write(MetricFamilySamples family, Sample sample, MetricWriter writer) {
    String suffix = sample.name.substring(family.name.length());
    for (SamplePart part : SamplePart.values()) {
      if (part.suffix().equals(suffix)) {
        writer.part(part);
      }
    }
    writeLabelsAndValue(sample, writer);
  }

  private static void writeLabelsAndValue(Sample sample, MetricWriter writer) {
    for (int i = 0; i < sample.labelNames.size(); i++) {
      writer.label(sample.labelNames.get(i), sample.labelValues.get(i));
    }
    writer.value(sample.value);
  }
}
