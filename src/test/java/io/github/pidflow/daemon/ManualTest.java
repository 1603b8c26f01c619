package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.BuildInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** Checks the manual page and the changelog of the package against the program. */
@Timeout(20)
class ManualTest {
  private static final Path FOLDER = Path.of("src", "deb");
  private static final CommandLine PROGRAM = Main.commandLine();

  @Test
  void shouldDocumentEveryCommandAndNoOther() throws IOException {
    assertEquals(
        new TreeSet<>(PROGRAM.getSubcommands().keySet()), found("(?m)^\\.B pidflow (\\w+)"));
  }

  @Test
  void shouldDocumentEveryOptionAndNoOther() throws IOException {
    Set<String> options = new TreeSet<>();
    PROGRAM
        .getSubcommands()
        .values()
        .forEach(
            command ->
                command
                    .getCommandSpec()
                    .options()
                    .forEach(option -> options.add(option.longestName())));

    assertEquals(options, found("(--[a-z]+(?:[.-][a-z]+)*)"));
  }

  @Test
  void shouldHaveTheVersionOfTheProject() throws IOException {
    String changelog = Files.readString(FOLDER.resolve("changelog"));

    assertTrue(changelog.startsWith("pidflow (" + BuildInfo.read().version() + ") "), changelog);
  }

  private static Set<String> found(String pattern) throws IOException {
    String page = Files.readString(FOLDER.resolve("pidflow.8")).replace("\\-", "-");
    return Pattern.compile(pattern)
        .matcher(page)
        .results()
        .map(result -> result.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
