package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FeatureTest {
  private static final Path DOCUMENT = Path.of("docs", "troubleshooting.md");
  private static final String HEAD = "| feature | impact if missing | fix |";

  @Test
  void shouldBeDocumentedInTheSameWords() throws IOException {
    List<String> documented =
        Files.readAllLines(DOCUMENT).stream()
            .dropWhile(line -> !line.equals(HEAD))
            .skip(2)
            .takeWhile(line -> line.startsWith("|"))
            .toList();
    List<String> rows =
        Stream.of(Feature.values())
            .map(each -> "| `" + each.label() + "` | " + each.impact() + " | " + each.fix() + " |")
            .toList();

    assertEquals(rows, documented);
  }

  @Test
  void shouldBeFoundByItsLabel() {
    for (Feature each : Feature.values()) {
      assertEquals(Optional.of(each), Feature.of(each.label()));
    }
    assertEquals(Optional.empty(), Feature.of("metering"));
  }

  @Test
  void shouldNameCauseImpactAndFixInTheLog() {
    assertEquals(
        "task-events is not available: Operation not permitted; impact: a renamed process keeps its"
            + " old name for up to 15 s; one that ends at once has no exe, and no name if one of"
            + " its threads opened the socket; fix: allow it",
        Feature.TASK_EVENTS.missing("Operation not permitted", "allow it"));
  }
}
