package io.github.pidflow.cli;

import ch.qos.logback.classic.Level;
import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.LogSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.SettingsReader;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** The option every command that needs settings has. */
public final class SettingsOption {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Settings, in HOCON. Without it the file that PIDFLOW_CONFIG names, or the defaults.")
  private Path file;

  @Option(
      names = "--web.config.file",
      paramLabel = "FILE",
      description =
          "TLS and passwords, in the format every Prometheus exporter shares; as"
              + " pidflow.web.config-file.")
  private String webConfigFile;

  /** For picocli to fill. */
  public SettingsOption() {}

  /** With what was given, or null. */
  public SettingsOption(Path file, String webConfigFile) {
    this.file = file;
    this.webConfigFile = webConfigFile;
  }

  /** As given, or null. */
  public Path file() {
    return file;
  }

  /** As given, or null. */
  public String webConfigFile() {
    return webConfigFile;
  }

  /** Reads the settings and sets the log level, the one thing that is set before all else. */
  Settings read() throws InvalidSettingsException {
    Settings settings = load().settings();
    use(settings.log());
    return settings;
  }

  /** The file may be another at a later call; the command line holds for all of them. */
  public LoadedSettings load() throws InvalidSettingsException {
    return SettingsReader.load(
        Optional.ofNullable(file).or(() -> fileNamed(System.getenv("PIDFLOW_CONFIG"))),
        webConfigFile == null ? Map.of() : Map.of("pidflow.web.config-file", webConfigFile));
  }

  public static void use(LogSettings settings) {
    Level level = Level.toLevel(settings.level());
    if (LoggerFactory.getLogger("io.github.pidflow") instanceof ch.qos.logback.classic.Logger log) {
      log.setLevel(level);
    }
  }

  /** A variable that is set to nothing names no file, as everywhere. */
  public static Optional<Path> fileNamed(String variable) {
    return Optional.ofNullable(variable).filter(name -> !name.isEmpty()).map(Path::of);
  }
}
