package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The reference of metrics is generated from the collectors, so it cannot drift. */
@Timeout(10)
class MetricsReferenceTest {
  private static final Path REFERENCE = Path.of("docs/metrics.md");
  private static final Map<String, String> SUFFIXES = Map.of("counter", "_total", "info", "_info");
  private static final Pattern LABEL = Pattern.compile("[{,]([a-z_]+)=\"(?:[^\"\\\\]|\\\\.)*+\"");
  private static final String HEAD =
      """
      # Metrics

      Every metric of pidflow's own on `/metrics`, with the page's own HELP text. The page also has metrics of the JVM
      (`jvm_`) and of the process (`process_`). [Attribution](attribution.md#what-is-counted) says how they add up.

      | metric | type | labels | meaning |
      |---|---|---|---|
      """;

  @Test
  void shouldMatchTheCollectors() throws Exception {
    String expected = HEAD + table();
    Path written = Path.of("target", "metrics.md");
    Files.writeString(written, expected);

    assertEquals(
        expected,
        Files.exists(REFERENCE) ? Files.readString(REFERENCE) : "",
        () -> "mend it with: cp " + written + ' ' + REFERENCE);
  }

  private static String table() throws Exception {
    DaemonCounters counters = new DaemonCounters();
    String page;
    try (LocalEndpoint endpoint =
        new LocalEndpoint(
            Part.of("traffic", new TrafficFamilies(Snapshots::small, Snapshots::capture, () -> 1)),
            Part.of(
                "daemon",
                new DaemonFamilies(
                    new BuildInfo("1.2.3", "c0ffee"), counters, () -> Map.of("metering", true))),
            Part.of("recordings", new RecordingsFamilies(() -> 0)))) {
      page = endpoint.get("/metrics", "Accept", "application/openmetrics-text").body();
    }
    Map<String, String> types = new TreeMap<>();
    Map<String, String> helps = new TreeMap<>();
    Map<String, Set<String>> labels = new TreeMap<>();
    String name = "";
    for (String line : page.split("\n", -1)) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# TYPE ")) {
        name = words[2] + SUFFIXES.getOrDefault(words[3], "");
        types.put(name, words[3]);
        labels.put(name, new LinkedHashSet<>());
      } else if (line.startsWith("# HELP ")) {
        helps.put(name, words[3]);
      } else if (line.startsWith(name)) {
        Matcher label = LABEL.matcher(line);
        while (label.find()) {
          labels.get(name).add('`' + label.group(1) + '`');
        }
      }
    }
    types.remove("pidflow_collector_success");
    StringBuilder rows = new StringBuilder();
    types.forEach(
        (family, type) ->
            rows.append(
                "| `%s` | %s | %s | %s |%n"
                    .formatted(
                        family, type, String.join(", ", labels.get(family)), helps.get(family))));
    return rows.toString();
  }
}
