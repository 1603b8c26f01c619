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

/** What is read without picocli is what picocli reads. */
@Timeout(30)
class PlainRunTest {
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
  void shouldReadWhatPicocliReads(String line) {
    String[] arguments = line.split(" ");
    CommandLine.ParseResult read = Main.commandLine().parseArgs(arguments).subcommand();
    SettingsOption plain = PlainRun.options(arguments).orElseThrow();

    assertEquals(
        Optional.ofNullable(read.matchedOptionValue("--config", null)),
        Optional.ofNullable(plain.file()));
    assertEquals(
        Optional.ofNullable(read.matchedOptionValue("--web.config.file", null)),
        Optional.ofNullable(plain.webConfigFile()));
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
    assertFalse(PlainRun.of(line.split(" ")).isPresent());
  }

  @Test
  void shouldLeaveItToPicocliToAskForACommand() {
    assertTrue(PlainRun.of().isEmpty());
  }
}
