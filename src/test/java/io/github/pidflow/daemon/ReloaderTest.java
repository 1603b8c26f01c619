package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.cli.SettingsOption;
import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.SettingsReader;
import io.github.pidflow.runtime.InvalidSettingsException;
import io.github.pidflow.runtime.ReloadStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(30)
class ReloaderTest {
  @TempDir private Path folder;
  private final List<Settings> used = new ArrayList<>();

  @Test
  void shouldChangeWhatCanAndNameTheRestEachTimeUntilARestart() throws Exception {
    Reloader reloader = started("pidflow.accounting.retention = 60s");
    String changed =
        """
        pidflow.accounting.retention = 2m
        pidflow.accounting.parked.max-count = 7
        """;

    assertEquals(
        "reloaded, changed: pidflow.accounting.retention; needs a restart:"
            + " pidflow.accounting.parked.max-count",
        reload(reloader, changed).message());
    assertEquals(
        "reloaded, changed: nothing; needs a restart: pidflow.accounting.parked.max-count",
        reload(reloader, changed).message());
    assertEquals(Duration.ofMinutes(2), used.get(0).accounting().retention());
  }

  @Test
  void shouldTakeEqualValuesForTheSame() throws Exception {
    Reloader reloader =
        started(
            "pidflow.accounting.retention = 60s",
            "pidflow.accounting.group.rules = [{ comm = \"a.*\", group = a }]");

    assertEquals(
        "reloaded, changed: nothing",
        reload(
                reloader,
                "pidflow.accounting { retention = 1m, group.rules = [{ group = a, comm = \"a.*\" }]"
                    + " }")
            .message());
  }

  @Test
  void shouldUseNothingOfAFileWithAMistake() throws Exception {
    Reloader reloader = started("pidflow.log.level = info");
    ReloadStatus before = reloader.status();

    ReloadStatus failed =
        reload(reloader, "pidflow.log.level = debug\npidflow.accounting.retention = soon");

    assertFalse(failed.successful());
    assertTrue(failed.message().contains("pidflow.conf: 2: pidflow.accounting.retention"));
    assertEquals(before.lastSuccess(), failed.lastSuccess());
    assertEquals(List.of(), used);

    ReloadStatus mended = reload(reloader, "pidflow.log.level = debug");
    assertEquals("reloaded, changed: pidflow.log.level", mended.message());
    assertTrue(mended.successful() && !mended.lastSuccess().isBefore(before.lastSuccess()));
  }

  @Test
  void shouldHoldToTheCommandLineWhateverTheFileSays() throws Exception {
    SettingsOption option = new SettingsOption();
    new CommandLine(option)
        .parseArgs("--config", file().toString(), "--web.config.file", "/etc/web.yml");
    Files.writeString(file(), "pidflow.web.config-file = \"/etc/other.yml\"");
    Reloader reloader = new Reloader(option.load(), option::load, used::add);

    ReloadStatus status =
        reload(
            reloader,
            """
            pidflow.web.config-file = "/etc/third.yml"
            pidflow.accounting.retention = 2m
            """);

    assertEquals("reloaded, changed: pidflow.accounting.retention", status.message());
    assertEquals(Optional.of(Path.of("/etc/web.yml")), used.get(0).web().configFile());
  }

  private Reloader started(String... lines) throws Exception {
    return new Reloader(load(String.join("\n", lines)), this::load, used::add);
  }

  private ReloadStatus reload(Reloader reloader, String text) throws Exception {
    Files.writeString(file(), text);
    return reloader.reload();
  }

  private LoadedSettings load(String text) throws Exception {
    Files.writeString(file(), text);
    return SettingsReader.load(Optional.of(file()), Map.of());
  }

  private LoadedSettings load() throws InvalidSettingsException {
    return SettingsReader.load(Optional.of(file()), Map.of());
  }

  private Path file() {
    return folder.resolve("pidflow.conf");
  }
}
