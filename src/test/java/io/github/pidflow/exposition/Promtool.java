package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;

/** Prometheus's own linter. */
final class Promtool {
  private Promtool() {}

  /** Fails unless the linter parses the page of format 0.0.4 and reports no problem. */
  static void check(String page) throws Exception {
    Process promtool;
    try {
      promtool =
          new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
    } catch (IOException e) {
      fail("promtool is needed: apt-get install prometheus", e);
      return;
    }
    try (OutputStream in = promtool.getOutputStream()) {
      in.write(page.getBytes(UTF_8));
    }
    String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);
    assertEquals("", said);
    assertEquals(0, promtool.waitFor());
  }
}
