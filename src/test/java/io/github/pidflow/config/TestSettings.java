package io.github.pidflow.config;

import io.github.pidflow.runtime.InvalidSettingsException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** Reads settings without command line options. */
final class TestSettings {
  private TestSettings() {}

  static Settings read(Optional<Path> file, Map<String, String> environment, Properties properties)
      throws InvalidSettingsException {
    return SettingsReader.load(file, Map.of(), environment, properties).settings();
  }
}
