package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Prometheus accepts the configurations on the documentation page about fleets. */
@Timeout(60)
class FleetsPageIT {
  private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```yaml\n(.*?)^```");

  /**
   * Debian's Prometheus is built without Kubernetes discovery; the rest of that job can be checked.
   */
  private static final Pattern KUBERNETES =
      Pattern.compile("(?s)kubernetes_sd_configs:.*?(?=\n    \\S)");

  @TempDir Path folder;

  @ParameterizedTest
  @MethodSource("examples")
  void shouldContainOnlyValidPrometheusConfigurations(String example) throws IOException {
    Path file = Files.writeString(folder.resolve("prometheus.yml"), example);

    Command.Result check =
        Command.result(
            List.of("promtool", "check", "config", file.toString()), Path.of("/dev/null"));

    assertEquals(0, check.exitCode(), check.output());
  }

  static Stream<String> examples() throws IOException {
    String page = Files.readString(Path.of("docs", "fleets.md"));
    return EXAMPLE
        .matcher(page)
        .results()
        .map((MatchResult match) -> match.group(1))
        .map(example -> KUBERNETES.matcher(example).replaceAll("file_sd_configs: []"));
  }
}
