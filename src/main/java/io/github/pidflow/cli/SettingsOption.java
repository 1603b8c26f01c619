package io.github.pidflow.cli;

import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.SettingsReader;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that name the settings, shared by every command that reads them. */
public final class SettingsOption {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Settings file, in HOCON. By default the file that PIDFLOW_CONFIG names; without one,"
              + " every setting has its default.")
  private Path file;

  @Option(
      names = "--web.config.file",
      paramLabel = "FILE",
      description =
          "TLS and passwords, in the file format that all Prometheus exporters share. Same as the"
              + " setting pidflow.web.config-file.")
  private String webConfigFile;

  /** Leaves the options for picocli to set. */
  public SettingsOption() {}

  /**
   * Sets the options.
   *
   * @param file null if not given
   * @param webConfigFile null if not given
   */
  public SettingsOption(Path file, String webConfigFile) {
    this.file = file;
    this.webConfigFile = webConfigFile;
  }

  /** The settings file as given, or null. */
  public Path file() {
    return file;
  }

  /** The web configuration file as given, or null. */
  public String webConfigFile() {
    return webConfigFile;
  }

  /** Reads the settings and applies the log level before anything is logged. */
  Settings read() throws InvalidSettingsException {
    LoadedSettings loaded = load();
    LogLevel.apply(loaded);
    return loaded.settings();
  }

  /** Reads the settings. A later call reads the file again; the options stay as they are. */
  public LoadedSettings load() throws InvalidSettingsException {
    return SettingsReader.load(
        Optional.ofNullable(file).or(() -> fileNamed(System.getenv("PIDFLOW_CONFIG"))),
        webConfigFile == null ? Map.of() : Map.of("pidflow.web.config-file", webConfigFile));
  }

  /** The file that an environment variable names. An empty variable names none. */
  public static Optional<Path> fileNamed(String variable) {
    return Optional.ofNullable(variable).filter(name -> !name.isEmpty()).map(Path::of);
  }
}
