package io.github.pidflow.config;

/** Section {@code pidflow.web}; {@code host} is a name or an address without brackets. */
public record WebSettings(String host, int port) {}
