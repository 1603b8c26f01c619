package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MetricsPageTest {
  private final DaemonCounters counters = new DaemonCounters();
  private final AtomicBoolean broken = new AtomicBoolean();
  private final Part[] whole = {
    Part.of(
        "traffic",
        new TrafficFamilies(
            () -> {
              if (broken.get()) {
                throw new IllegalStateException("the meter has stopped");
              }
              return Snapshots.small();
            },
            Snapshots::capture,
            () -> 0.125)),
    Part.of(
        "daemon",
        new DaemonFamilies(
            new BuildInfo("1.2.3", "0123456789ab"),
            counters,
            () -> Map.of("ownership", true, "capture", false))),
    Part.of("jvm", SimpleclientFamilies.ofJvm())
  };

  @Test
  void shouldPassPromtool() throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(counters, whole)) {
      Promtool.check(endpoint.get("/metrics").body());
    }
  }

  @Test
  void shouldParseAsOpenMetrics() throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(counters, whole)) {
      String page = endpoint.get("/metrics", "Accept", "application/openmetrics-text").body();

      assertEquals(1, new Page(page).value("pidflow_collector_success{collector=\"traffic\"}"));
      assertTrue(page.endsWith("\n# EOF\n"));
    }
  }

  @Test
  void shouldCountDaemonActivity() throws Exception {
    counters.add(DaemonCounter.FRAMES, 42);
    counters.add(DaemonCounter.OWNERSHIP_SCAN_NANOS, 1_500_000_000);
    try (LocalEndpoint endpoint = new LocalEndpoint(counters, whole)) {
      Page page = new Page(endpoint.get("/metrics").body());

      assertEquals(42, page.value("pidflow_frames_total"));
      assertEquals(1.5, page.value("pidflow_ownership_scan_seconds_total"), 1e-9);
      assertEquals(0, page.value("pidflow_component_up{component=\"capture\",}"));
      assertEquals(1, page.value("pidflow_component_up{component=\"ownership\",}"));
      assertEquals(
          1,
          page.value(
              "pidflow_build_info{version=\"1.2.3\",revision=\"0123456789ab\",javaversion=\"%s\",}"
                  .formatted(System.getProperty("java.version"))));
      for (DaemonCounter counter : DaemonCounter.values()) {
        page.value("pidflow_" + counter.metric() + "_total");
      }
      assertTrue(page.value("process_open_fds") > 0);
      assertTrue(page.value("jvm_threads_current") > 0);
    }
  }

  @Test
  void shouldOmitOnlyTheFailingCollector() throws Exception {
    broken.set(true);
    try (LocalEndpoint endpoint = new LocalEndpoint(counters, whole)) {
      Page page = new Page(endpoint.get("/metrics").body());

      assertEquals(0, page.value("pidflow_collector_success{collector=\"traffic\",}"));
      assertEquals(1, page.value("pidflow_collector_success{collector=\"daemon\",}"));
      assertEquals(1, page.value("pidflow_collector_success{collector=\"jvm\",}"));
      assertEquals(0, page.count("pidflow_bytes_total"));
      assertTrue(page.value("jvm_threads_current") > 0);
    }
    assertEquals(1, counters.value(DaemonCounter.SCRAPE_FAILURES));
    assertEquals(1, counters.value(DaemonCounter.ERRORS));
  }

  @Test
  void shouldRecoverWithTheFailedCollector() throws Exception {
    broken.set(true);
    try (LocalEndpoint endpoint = new LocalEndpoint(counters, whole)) {
      endpoint.get("/metrics");
      broken.set(false);
      Page page = new Page(endpoint.get("/metrics").body());

      assertEquals(1, page.value("pidflow_collector_success{collector=\"traffic\",}"));
      assertEquals(1, page.value("pidflow_scrape_failures_total"));
    }
  }

  @Test
  void shouldTreatACollectorThatReturnsNothingAsFailed() throws Exception {
    Collector absent =
        new Collector() {
          @Override
          public List<MetricFamilySamples> collect() {
            return null;
          }
        };
    CollectorRegistry registry = new CollectorRegistry();
    registry.register(absent);
    SimpleclientFamilies families = new SimpleclientFamilies(registry);
    try (LocalEndpoint endpoint = new LocalEndpoint(Part.of("absent", families))) {
      assertEquals(
          """
          # HELP pidflow_collector_success Whether a part of this page could be collected: 1 or 0.
          # TYPE pidflow_collector_success gauge
          pidflow_collector_success{collector="absent",} 0
          """,
          endpoint.get("/metrics").body());
    }
  }
}
