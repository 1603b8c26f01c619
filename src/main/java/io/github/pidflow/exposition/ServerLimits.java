package io.github.pidflow.exposition;

import java.util.Map;

/**
 * What the JDK's HTTP server allows a client. By default it waits forever for the rest of a request
 * and for a response to be read, and takes any number of connections. Its limits are system
 * properties (module jdk.httpserver) it reads once, when the first server of the JVM is made.
 */
final class ServerLimits {
  /** Connections at one time; each needs a thread while its request comes in. */
  static final int MAX_CONNECTIONS = 128;

  private static final Map<String, String> PROPERTIES =
      Map.of(
          // Seconds for a whole request to arrive, and for a new connection to send anything.
          "sun.net.httpserver.maxReqTime", "5",
          // Seconds for a response to be made and read.
          "sun.net.httpserver.maxRspTime", "30",
          // Seconds a connection may idle between requests: above the usual scrape intervals, so
          // that a scrape does not meet a connection that is just being closed.
          "sun.net.httpserver.idleInterval", "90",
          // Bytes of request line and headers, each with 32 to spare; a client of every connection
          // could make the server keep so many.
          "sun.net.httpserver.maxReqHeaderSize", "65536",
          "jdk.httpserver.maxConnections", Integer.toString(MAX_CONNECTIONS),
          // Without it the last, short segment of a response waits for the client's delayed ACK.
          "sun.net.httpserver.nodelay", "true");

  private ServerLimits() {}

  /** Sets each limit that the command line has not set. */
  static void apply() {
    PROPERTIES.forEach(
        (name, value) -> {
          if (System.getProperty(name) == null) {
            System.setProperty(name, value);
          }
        });
  }
}
