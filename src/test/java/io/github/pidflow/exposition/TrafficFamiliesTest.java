package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TrafficFamiliesTest {
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";

  private final TrafficFamilies small =
      new TrafficFamilies(Snapshots::small, Snapshots::capture, () -> 0.125);

  @Test
  void shouldMatchTheGoldenPage() throws Exception {
    String golden;
    try (InputStream in = getClass().getResourceAsStream("/golden-metrics.txt")) {
      golden = new String(in.readAllBytes(), UTF_8);
    }
    try (LocalEndpoint endpoint = new LocalEndpoint(small)) {
      assertEquals(golden, endpoint.get("/metrics").body());
    }
  }

  @Test
  void shouldPassPromtool() throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(small)) {
      Promtool.check(endpoint.get("/metrics").body());
    }
  }

  @Test
  void shouldKeepBothFormatsParsableWithHostileNames() throws Exception {
    String series =
        "{pid=\"99\",comm=\"a\\\"b\\\\c\\nd\u240de\u2400f\u241bg\ufffdh\ufffd\ud83d\ude00} 1\""
            + ",direction=\"rx\"";
    try (LocalEndpoint endpoint = new LocalEndpoint(small)) {
      Page openMetrics = new Page(endpoint.get("/metrics", "Accept", OPEN_METRICS).body());
      Page text = new Page(endpoint.get("/metrics").body());

      assertEquals(7, openMetrics.value("pidflow_bytes_total" + series + "}"));
      assertEquals(7, text.value("pidflow_bytes_total" + series + ",}"));
    }
  }

  @Test
  void shouldDeclareProcessInfoAsAnInfoInOpenMetrics() throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(small)) {
      String page = endpoint.get("/metrics", "Accept", OPEN_METRICS).body();

      assertTrue(page.contains("# TYPE pidflow_process info\n"), page);
      assertTrue(page.contains("# TYPE pidflow_bytes counter\n"), page);
      assertTrue(page.endsWith("\n# EOF\n"), page);
    }
  }

  @Test
  void shouldShowEveryReasonFromTheStart() throws Exception {
    TrafficSnapshot empty = new TrafficSnapshot(List.of(), List.of(), List.of(), 0, 0, 0, 0);
    try (LocalEndpoint endpoint =
        new LocalEndpoint(new TrafficFamilies(() -> empty, List::of, () -> 1))) {
      Page page = new Page(endpoint.get("/metrics").body());

      assertEquals(
          2L * UnattributedReason.values().length, page.count("pidflow_unattributed_bytes_total"));
      assertEquals(0, page.sum("pidflow_unattributed_bytes_total"));
    }
  }

  @Test
  void shouldBuildAPageFromOneSnapshot() throws Exception {
    AtomicLong asked = new AtomicLong();
    TrafficFamilies moving =
        new TrafficFamilies(
            () -> {
              long bytes = asked.incrementAndGet() * 1_000;
              Traffic traffic = new Traffic(bytes, 1, 2 * bytes, 1);
              return new TrafficSnapshot(
                  List.of(new ProcessTraffic(ProcessInfo.named(1, "a"), traffic)),
                  List.of(new GroupTraffic("a", traffic)),
                  List.of(),
                  5 * bytes,
                  15 * bytes,
                  7 * bytes,
                  1);
            },
            List::of,
            () -> 1);
    try (LocalEndpoint endpoint = new LocalEndpoint(moving)) {
      for (int scrape = 1; scrape <= 3; scrape++) {
        Page page = new Page(endpoint.get("/metrics").body());

        assertConserved(page);
        assertEquals(15_000 * scrape, page.value("pidflow_captured_bytes_total"));
      }
    }
  }

  @Test
  void shouldConserveBytesOnThePage() throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(small)) {
      assertConserved(new Page(endpoint.get("/metrics").body()));
    }
  }

  @Test
  void shouldServeTwentyThousandProcesses() throws Exception {
    TrafficSnapshot large = Snapshots.large(20_000);
    try (LocalEndpoint endpoint =
        new LocalEndpoint(new TrafficFamilies(() -> large, List::of, () -> 1))) {
      Page page = new Page(endpoint.get("/metrics").body());

      assertEquals(40_000, page.count("pidflow_bytes_total"));
      assertEquals(20_000, page.count("pidflow_process_info"));
      assertConserved(page);
      assertEquals(
          1_000_000_007d * 19_999,
          page.value(
              "pidflow_bytes_total{pid=\"119999\",comm=\"worker-19999\",direction=\"rx\",}"));
    }
  }

  private static void assertConserved(Page page) {
    double attributed = page.sum("pidflow_group_bytes_total");
    assertEquals(attributed, page.sum("pidflow_bytes_total"));
    assertEquals(
        page.value("pidflow_captured_bytes_total"),
        attributed
            + page.sum("pidflow_unattributed_bytes_total")
            + page.value("pidflow_forwarded_bytes_total")
            + page.value("pidflow_parked_bytes"));
  }
}
