package io.github.pidflow.webconfig;

import java.util.List;

/**
 * The key exchange groups of TLS. Java 17 has them for the whole JVM or not at all, in a property
 * that JSSE reads once: JDK 17 with the first connection, JDK 25 with the first context.
 */
final class NamedGroups {
  private static final String PROPERTY = "jdk.tls.namedGroups";

  private NamedGroups() {}

  /** Leaves alone what the command line has said. */
  static void prefer(List<String> groups) {
    if (!groups.isEmpty() && System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, String.join(",", groups));
    }
  }
}
