package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DaemonDistribution;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.SampleNameFilter;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares the daemon's and the JVM's families with simpleclient's output. */
@Timeout(60)
class WriterOracleTest {
  private static final List<Set<String>> SELECTIONS =
      List.of(
          Set.of(),
          Set.of("pidflow_frames_total", "jvm_info"),
          Set.of("pidflow_frames", "pidflow_component_up", "jvm_gc_collection_seconds_sum"),
          Set.of("pidflow_capture_lag_seconds_count", "jvm_memory_pool_allocated_bytes_total"),
          Set.of("pidflow_capture_lag_seconds_bucket", "jvm_gc_collection_seconds_count"),
          Set.of("nobody"));

  private final BuildInfo build = new BuildInfo("1.2.3", "0123\"\\4567");
  private final DaemonCounters counters = new DaemonCounters();
  private final Map<String, Boolean> components = Map.of("metering", true, "a\"b\n", false);

  @ParameterizedTest
  @EnumSource
  void shouldWriteTheDaemonsFamiliesAsSimpleclientDoes(ExpositionFormat format) throws Exception {
    counters.add(DaemonCounter.FRAMES, 12_345_678_901L);
    counters.add(DaemonCounter.SCRAPE_NANOS, 1_234_567);
    for (int i = 1; i < 100; i++) {
      counters.distributions().observe(DaemonDistribution.CAPTURE_LAG, 0.001 * i * i);
    }

    assertSame(
        format,
        new DaemonFamilies(build, counters, () -> components),
        new DaemonReference(build, counters, () -> components));
  }

  @ParameterizedTest
  @EnumSource
  void shouldWriteTheJvmsFamiliesAsSimpleclientDoes(ExpositionFormat format) throws Exception {
    Collector jvm = frozen(jvmFamilies());
    CollectorRegistry registry = new CollectorRegistry();
    registry.register(jvm);

    assertSame(format, new SimpleclientFamilies(registry), jvm);
  }

  @Test
  void shouldCoverEveryKindOfSampleInTheJvmsFamilies() {
    List<String> names = names(jvmFamilies());

    assertTrue(
        names.containsAll(
            List.of(
                "jvm_info",
                "jvm_threads_current",
                "process_cpu_seconds_total",
                "jvm_memory_pool_allocated_bytes_created",
                "jvm_gc_collection_seconds_count",
                "jvm_gc_collection_seconds_sum")),
        names::toString);
  }

  /** The current values, in page order. */
  private static List<MetricFamilySamples> jvmFamilies() {
    CollectorRegistry hotspot = new CollectorRegistry();
    DefaultExports.register(hotspot);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    List<MetricFamilySamples> families;
    do {
      System.gc(); // Allocation is counted when a collection has been reported, a little later.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      families = Collections.list(hotspot.metricFamilySamples());
    } while (!names(families).contains("jvm_memory_pool_allocated_bytes_created")
        && System.nanoTime() - deadline < 0);
    families.sort(Comparator.comparing(family -> family.name));
    return families;
  }

  private static List<String> names(List<MetricFamilySamples> families) {
    return families.stream()
        .flatMap(family -> family.samples.stream())
        .map(sample -> sample.name)
        .toList();
  }

  private static Collector frozen(List<MetricFamilySamples> families) {
    return new Collector() {
      @Override
      public List<MetricFamilySamples> collect() {
        return families;
      }
    };
  }

  /** The content type by which simpleclient knows the format. */
  static String contentType(ExpositionFormat format) {
    return switch (format) {
      case TEXT -> TextFormat.CONTENT_TYPE_004;
      case OPEN_METRICS -> TextFormat.CONTENT_TYPE_OPENMETRICS_100;
    };
  }

  private static void assertSame(
      ExpositionFormat format, MetricFamilies families, Collector reference) throws IOException {
    CollectorRegistry registry = new CollectorRegistry();
    registry.register(reference);
    for (Set<String> names : SELECTIONS) {
      StringWriter expected = new StringWriter();
      TextFormat.writeFormat(
          contentType(format),
          expected,
          registry.filteredMetricFamilySamples(
              names.isEmpty() ? null : SampleNameFilter.restrictToNamesEqualTo(null, names)));
      PageBuffer page = new PageBuffer();
      MetricWriter writer = format.writer(page, names);
      families.writeTo(writer);
      writer.end();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      page.writeTo(bytes);

      assertEquals(expected.toString(), bytes.toString(UTF_8), names::toString);
    }
  }
}
