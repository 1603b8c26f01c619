package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code config/pidflow.conf}, the file a user edits, to what it promises. */
@Timeout(20)
class ShippedFileTest {
  private static final Path SHIPPED = Path.of("config", "pidflow.conf");
  private static final String EXAMPLE_START = "#pidflow.";

  @TempDir private Path directory;

  @Test
  void shouldChangeNothingAsItStands() throws Exception {
    assertEquals(defaults(), read(SHIPPED));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void shouldLoadEachExampleOnceUncommented(String example) throws Exception {
    Path file = directory.resolve("pidflow.conf");
    Files.writeString(file, example, StandardCharsets.UTF_8);

    assertNotEquals(defaults(), read(file));
  }

  @Test
  void shouldLoadAllExamplesTogether() throws Exception {
    Path file = directory.resolve("pidflow.conf");
    Files.writeString(file, String.join("\n", examples().toList()), StandardCharsets.UTF_8);

    assertEquals(4, read(file).accounting().groupRules().size());
  }

  /** An example runs from its key to the next one or to an empty line. */
  static Stream<String> examples() throws IOException {
    List<String> examples = new ArrayList<>();
    StringBuilder example = null;
    for (String line : Files.readAllLines(SHIPPED)) {
      if (line.startsWith(EXAMPLE_START)) {
        example = new StringBuilder();
        examples.add("");
      } else if (line.isEmpty()) {
        example = null;
      }
      if (example != null) {
        example.append(line.substring(1)).append('\n');
        examples.set(examples.size() - 1, example.toString());
      }
    }
    return examples.stream();
  }

  private static Settings defaults() throws InvalidSettingsException {
    return TestSettings.read(Optional.empty(), Map.of(), new Properties());
  }

  private static Settings read(Path file) throws InvalidSettingsException {
    return SettingsReader.load(Optional.of(file), Map.of(), Map.of(), new Properties()).settings();
  }
}
