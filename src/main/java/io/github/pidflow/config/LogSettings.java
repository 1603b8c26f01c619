package io.github.pidflow.config;

/** Section {@code pidflow.log}; {@code level} is one of ERROR, WARN, INFO, DEBUG, TRACE. */
public record LogSettings(String level) {}
