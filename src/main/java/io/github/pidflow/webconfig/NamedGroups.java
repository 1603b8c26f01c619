package io.github.pidflow.webconfig;

import java.util.List;

/**
 * The key exchange groups of TLS. In Java 17 they can be set only for the whole JVM, by a property
 * that JSSE reads once: JDK 17 at the first connection, JDK 25 with the first context.
 */
final class NamedGroups {
  private static final String PROPERTY = "jdk.tls.namedGroups";

  private NamedGroups() {}

  /** Sets the groups, unless they are set on the command line. */
  static void prefer(List<String> groups) {
    if (!groups.isEmpty() && System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, String.join(",", groups));
    }
  }
}
