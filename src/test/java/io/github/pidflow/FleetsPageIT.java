package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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

  private static final Pattern PER_PROCESS_OR_GROUP =
      Pattern.compile("pidflow_(?:bytes_total|packets_total|process_info|group_\\w+)\\{.*");

  private static final Pattern FORMULA = Pattern.compile("5 P \\+ 4 G \\+ (\\d+)");

  /** A counter more or less makes no difference to whoever plans a fleet. */
  private static final long ABOUT = 20;

  @TempDir Path folder;

  /** Other numbers of the page follow from this one. */
  @Test
  void shouldNameAboutTheNumberOfSeriesThatDoNotDependOnTraffic() throws IOException {
    Matcher formula = FORMULA.matcher(Files.readString(Path.of("docs", "fleets.md")));
    assertTrue(formula.find());
    long said = Long.parseLong(formula.group(1));

    try (NetLab lab = NetLab.create();
        Daemon daemon = Daemon.start(lab.node(), "ring")) {
      long found =
          daemon
              .page()
              .text()
              .lines()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .filter(line -> !PER_PROCESS_OR_GROUP.matcher(line).matches())
              .count();

      assertTrue(Math.abs(found - said) <= ABOUT, () -> found + " series, the page says " + said);
    }
  }

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
