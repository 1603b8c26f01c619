package io.github.pidflow.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Section {@code pidflow.web}.
 *
 * @param host a name, or an address without brackets
 * @param enableReload whether {@code POST /-/reload} reloads the settings
 * @param configFile TLS and passwords, in the format of Prometheus' exporter-toolkit
 */
public record WebSettings(String host, int port, boolean enableReload, Optional<Path> configFile) {

  /** Open to everyone, without reload. */
  public WebSettings(String host, int port) {
    this(host, port, false, Optional.empty());
  }

  /** The listen address as {@code host:port}, or {@code [address]:port} for IPv6. */
  public String addressWithPort(int actualPort) {
    return (host.contains(":") ? '[' + host + ']' : host) + ':' + actualPort;
  }
}
