package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Holds {@code docs/configuration.md} to the settings of {@code reference.conf} and their defaults.
 */
@Timeout(20)
class ConfigurationPageTest {
  private static final Path PAGE = Path.of("docs", "configuration.md");
  private static final Pattern ROW =
      Pattern.compile("\\| `(pidflow\\.[^`]+)` \\| `([^`]*)` \\| .*");

  @Test
  void shouldListEverySettingWithItsDefault() throws IOException {
    List<String> settings =
        KnownKeys.load().defaults().entrySet().stream()
            .map(each -> each.getKey() + " = " + shown(each.getValue()))
            .toList();
    List<String> documented =
        rows(ROW).map(row -> row.group(1) + " = " + row.group(2)).sorted().toList();

    assertEquals(settings, documented);
  }

  private static Stream<Matcher> rows(Pattern pattern) throws IOException {
    return Files.readAllLines(PAGE).stream().map(pattern::matcher).filter(Matcher::matches);
  }

  private static String shown(ConfigValue value) {
    return value.unwrapped() instanceof String text && !text.isEmpty()
        ? text
        : value.render(ConfigRenderOptions.concise());
  }
}
