package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Reads files that are served from the jar, below {@code /web}. */
final class WebFile {
  private WebFile() {}

  static String text(String name) {
    try (InputStream in = WebFile.class.getResourceAsStream("/web/" + name)) {
      if (in == null) {
        throw new FileNotFoundException("missing in the jar: /web/" + name);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
