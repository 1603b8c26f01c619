package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.cli.SettingsOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Arguments parsed without picocli must mean the same as with it. */
@Timeout(30)
class RunArgumentsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "run --config /etc/pidflow/pidflow.conf",
        "run --config=/etc/pidflow/pidflow.conf",
        "run --config=a=b",
        "run --web.config.file web.yml",
        "run --web.config.file=web.yml",
        "run --config a.conf --web.config.file=b.yml",
        "run --web.config.file b.yml --config a.conf",
        "run --config 'a"
      })
  void shouldParseAsPicocliDoes(String line) {
    String[] arguments = line.split(" ");
    CommandLine.ParseResult read = Main.commandLine().parseArgs(arguments).subcommand();
    SettingsOption parsed = RunArguments.options(arguments).orElseThrow();

    assertEquals(
        Optional.ofNullable(read.matchedOptionValue("--config", null)),
        Optional.ofNullable(parsed.file()));
    assertEquals(
        Optional.ofNullable(read.matchedOptionValue("--web.config.file", null)),
        Optional.ofNullable(parsed.webConfigFile()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "check",
        "run --help",
        "run -V",
        "run more",
        "run --confg a",
        "run --config",
        "run --config=",
        "run --config a --config b",
        "run --config --web.config.file",
        "run --config @file",
        "run @file",
        "run --config \"a\"",
        "--config a run"
      })
  void shouldLeaveTheRestToPicocli(String line) {
    assertFalse(RunArguments.parse(line.split(" ")).isPresent());
  }

  @Test
  void shouldLeaveAnEmptyCommandLineToPicocli() {
    assertTrue(RunArguments.parse().isEmpty());
  }
}
