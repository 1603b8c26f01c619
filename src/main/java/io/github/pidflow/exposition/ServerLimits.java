package io.github.pidflow.exposition;

import java.util.Map;

/**
 * Limits of the JDK's HTTP server. By default it waits forever for the rest of a request and for a
 * client to read a response, and accepts any number of connections. The limits are system
 * properties (see module jdk.httpserver) that are read when the JVM creates its first server.
 */
final class ServerLimits {
  /** Concurrent connections; each occupies a thread while its request is read. */
  static final int MAX_CONNECTIONS = 128;

  private static final Map<String, String> PROPERTIES =
      Map.of(
          // Seconds until a request must be complete.
          "sun.net.httpserver.maxReqTime",
          "5",
          // Seconds until a response must be complete and read.
          "sun.net.httpserver.maxRspTime",
          "30",
          // Seconds a connection may be idle between requests. This exceeds common scrape
          // intervals,
          // so that a scrape does not race with the closing of its connection.
          "sun.net.httpserver.idleInterval",
          "90",
          // Bytes of request line and headers, with an overhead of 32 each. Every connection may
          // occupy this much memory.
          "sun.net.httpserver.maxReqHeaderSize",
          "65536",
          // A client could have the server make handshakes without end on one connection.
          "jdk.tls.rejectClientInitiatedRenegotiation",
          "true",
          "jdk.httpserver.maxConnections",
          Integer.toString(MAX_CONNECTIONS),
          // Otherwise the last, short segment of a response waits for the client's delayed ACK.
          "sun.net.httpserver.nodelay",
          "true");

  private ServerLimits() {}

  /** Sets each limit that is not set on the command line. */
  static void apply() {
    PROPERTIES.forEach(
        (name, value) -> {
          if (System.getProperty(name) == null) {
            System.setProperty(name, value);
          }
        });
  }
}
