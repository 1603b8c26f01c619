package io.github.pidflow.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What was built, as Maven wrote it into {@code build.properties}.
 *
 * @param commit twelve digits of it, and {@code -modified} if the checkout was not as committed
 */
public record BuildInfo(String version, String commit) {
  private static final String RESOURCE = "/build.properties";

  /** The build this class came from; {@code unknown} where Maven did not fill the file in. */
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
