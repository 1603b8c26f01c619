package io.github.pidflow.config;

/**
 * Section {@code pidflow.web}.
 *
 * @param host a name, or an address without brackets
 * @param enableReload whether {@code POST /-/reload} is heeded
 */
public record WebSettings(String host, int port, boolean enableReload) {
  public WebSettings(String host, int port) {
    this(host, port, false);
  }
}
