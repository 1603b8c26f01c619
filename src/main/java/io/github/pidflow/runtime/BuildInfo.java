package io.github.pidflow.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Version and commit of this build, as written to {@code build.properties} by Maven.
 *
 * @param commit the first twelve digits, with {@code -modified} if the checkout had local changes
 */
public record BuildInfo(String version, String commit) {
  private static final String RESOURCE = "/build.properties";

  /** Reads the build's properties; {@code unknown} if Maven has not filled them in. */
  public static BuildInfo read() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream(RESOURCE)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BuildInfo(filledIn(properties, "version"), filledIn(properties, "commit"));
  }

  private static String filledIn(Properties properties, String name) {
    String value = properties.getProperty(name, "");
    return value.isEmpty() || value.startsWith("${") ? "unknown" : value;
  }

  @Override
  public String toString() {
    return version + " (" + commit + ')';
  }
}
