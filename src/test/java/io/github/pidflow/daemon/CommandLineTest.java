package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.cli.SettingsOption;
import io.github.pidflow.cli.Terminal;
import io.github.pidflow.runtime.BuildInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, version and the messages for a wrong command line. */
@Timeout(30)
class CommandLineTest {
  private static final String VERSION = "pidflow " + BuildInfo.read().version();

  @TempDir Path folder;

  @Test
  void shouldNameEveryCommandInItsHelp() {
    Terminal help = Terminal.run("--help");

    assertEquals(0, help.exitCode());
    for (String command : new String[] {"run", "top", "check", "record", "replay", "version"}) {
      assertTrue(help.out().contains("\n  " + command + " "), help.out());
    }
    assertEquals("", help.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "top", "check", "record", "replay", "version"})
  void shouldPrintHelpForEveryCommand(String command) {
    Terminal help = Terminal.run(command, "--help");

    assertEquals(0, help.exitCode());
    assertTrue(help.out().startsWith("Usage: pidflow " + command), help.out());
    assertEquals("", help.err());
  }

  @ParameterizedTest
  @CsvSource({
    "-V",
    "--version",
    "version",
    "run -V",
    "check -V",
    "top -V",
    "replay -V",
    "version -V"
  })
  void shouldPrintItsVersion(String arguments) {
    Terminal version = Terminal.run(arguments.split(" "));

    assertEquals(0, version.exitCode());
    assertTrue(version.out().startsWith(VERSION), version.out());
    assertEquals(1, version.out().lines().count());
  }

  @Test
  void shouldPrintTheJavaItRunsOn() {
    assertTrue(Terminal.run("version").out().contains("Java " + Runtime.version()));
  }

  @ParameterizedTest
  @CsvSource({
    "run --confg x,   --confg",
    "check -x,        -x",
    "bogus,           bogus",
    "replay,          FILE",
    "replay a b,      b",
    "run --config,    --config",
    "top --url here,  --url",
    "top --url ftp://a/, --url",
    "top --interval 0, --interval",
  })
  void shouldRejectUnknownArguments(String arguments, String named) {
    Terminal refusal = Terminal.run(arguments.split(" "));

    assertEquals(2, refusal.exitCode());
    assertTrue(refusal.err().lines().findFirst().orElse("").contains(named), refusal.err());
    assertTrue(
        refusal.err().contains("Usage: pidflow") || refusal.err().contains("Possible solutions"),
        refusal.err());
    assertEquals("", refusal.out());
  }

  @Test
  void shouldAskForACommand() {
    Terminal refusal = Terminal.run();

    assertEquals(2, refusal.exitCode());
    assertTrue(refusal.err().startsWith("Missing required subcommand"), refusal.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check", "replay"})
  void shouldListEveryProblemInTheSettingsAndDoNothing(String command) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("pidflow.conf"),
            """
            pidflow.capture.engine = warp
            pidflow.capture.snap-lenght = 96
            pidflow.web.listen-address = "here"
            """);
    String option = "--config=" + config;

    Terminal refusal =
        command.equals("replay")
            ? Terminal.run(command, option, "nothing.pcap")
            : Terminal.run(command, option);

    assertEquals(78, refusal.exitCode());
    assertEquals("", refusal.out());
    String[] lines = refusal.err().split("\n", -1);
    assertEquals("pidflow: 3 problems in the settings:", lines[0]);
    for (int line = 1; line <= 3; line++) {
      assertTrue(lines[line].startsWith(config + ": " + line + ": pidflow."), refusal.err());
    }
  }

  @Test
  void shouldTreatAnEmptyVariableAsUnset() {
    assertEquals(Optional.empty(), SettingsOption.fileNamed(null));
    assertEquals(Optional.empty(), SettingsOption.fileNamed(""));
    assertEquals(Optional.of(Path.of("a.conf")), SettingsOption.fileNamed("a.conf"));
  }

  @Test
  void shouldReportMissingSettingsInOneLine() {
    Terminal refusal = Terminal.run("check", "--config=" + folder.resolve("none.conf"));

    assertEquals(78, refusal.exitCode());
    assertTrue(refusal.err().contains("none.conf: does not exist"), refusal.err());
    assertFalse(refusal.err().contains("\tat "), refusal.err());
  }
}
