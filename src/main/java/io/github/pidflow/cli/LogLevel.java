package io.github.pidflow.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.LogSettings;
import org.slf4j.LoggerFactory;

/** The level of pidflow's own loggers. */
public final class LogLevel {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(LoadedSettings.class);

  private LogLevel() {}

  /** Applies the level, and then logs what was ignored in the settings. */
  public static void apply(LoadedSettings loaded) {
    apply(loaded.settings().log());
    loaded.remarks().forEach(LOG::warn);
  }

  public static void apply(LogSettings settings) {
    if (LoggerFactory.getLogger("io.github.pidflow") instanceof Logger logger) {
      logger.setLevel(Level.toLevel(settings.level()));
    }
  }
}
