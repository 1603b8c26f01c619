package io.github.pidflow.cli;

/** How an address one listens on is written for people. */
public final class Listening {
  private Listening() {}

  /** {@code host:port}, or {@code [address]:port} for an IPv6 address. */
  public static String text(String host, int port) {
    return (host.contains(":") ? '[' + host + ']' : host) + ':' + port;
  }
}
