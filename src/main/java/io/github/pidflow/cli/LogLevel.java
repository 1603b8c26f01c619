package io.github.pidflow.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.pidflow.config.LogSettings;
import org.slf4j.LoggerFactory;

/** The level of pidflow's own loggers. */
public final class LogLevel {
  private LogLevel() {}

  public static void apply(LogSettings settings) {
    if (LoggerFactory.getLogger("io.github.pidflow") instanceof Logger logger) {
      logger.setLevel(Level.toLevel(settings.level()));
    }
  }
}
