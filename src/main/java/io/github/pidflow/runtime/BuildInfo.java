package io.github.pidflow.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What was built, as Maven wrote it into {@code build.properties}. */
public record BuildInfo(String version) {
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
    String version = properties.getProperty("version", "");
    return new BuildInfo(version.isEmpty() || version.startsWith("${") ? "unknown" : version);
  }
}
