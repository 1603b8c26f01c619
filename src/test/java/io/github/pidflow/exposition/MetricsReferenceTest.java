package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The reference of metrics is what the collectors say of themselves, so it cannot drift. */
@Timeout(10)
class MetricsReferenceTest {
  private static final Path REFERENCE = Path.of("src/docs/metrics.md");
  private static final String HEAD =
      """
      # Metrics

      Every metric of pidflow's own on `/metrics`, as the page itself describes it. Beside them it has the JVM's
      (`jvm_`) and the process's (`process_`). The README says how the numbers hang together.

      | metric | type | labels | meaning |
      |---|---|---|---|
      """;

  @Test
  void shouldBeWhatTheCollectorsSay() throws IOException {
    String expected = HEAD + table();
    Path written = Path.of("target", "metrics.md");
    Files.writeString(written, expected);

    assertEquals(
        expected,
        Files.exists(REFERENCE) ? Files.readString(REFERENCE) : "",
        () -> "mend it with: cp " + written + ' ' + REFERENCE);
  }

  private static String table() {
    DaemonCounters counters = new DaemonCounters();
    List<MetricFamilySamples> families = new ArrayList<>();
    families.addAll(new TrafficCollector(Snapshots::small, Snapshots::capture, () -> 1).collect());
    families.addAll(
        new DaemonCollector(
                new BuildInfo("1.2.3", "c0ffee"), counters, () -> Map.of("metering", true))
            .collect());
    families.addAll(new RecordingsCollector(() -> 0).collect());
    Map<String, String> rows = new TreeMap<>();
    for (MetricFamilySamples family : families) {
      String name =
          switch (family.type) {
            case COUNTER -> family.name + "_total";
            case INFO -> family.name + "_info";
            default -> family.name;
          };
      Set<String> labels = new LinkedHashSet<>();
      family.samples.forEach(sample -> sample.labelNames.forEach(l -> labels.add('`' + l + '`')));
      String type = family.type.name().toLowerCase(Locale.ROOT);
      rows.put(
          name,
          "| `%s` | %s | %s | %s |%n"
              .formatted(name, type, String.join(", ", labels), family.help));
    }
    return String.join("", rows.values());
  }
}
