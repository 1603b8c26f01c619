package io.github.pidflow.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Section {@code pidflow.web}.
 *
 * @param host a name or an address without brackets
 * @param configFile TLS and passwords, in the format of Prometheus' exporter-toolkit
 */
public record WebSettings(String host, int port, Optional<Path> configFile) {

  /** Open to everyone. */
  public WebSettings(String host, int port) {
    this(host, port, Optional.empty());
  }
}
