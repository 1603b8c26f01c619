package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.opentest4j.AssertionFailedError;

/**
 * A real Alertmanager, beside a {@link Prometheus} that sends its alerts to it. It ends with the
 * lab.
 */
public final class Alertmanager {
  private static final String ADDRESS = "127.0.0.1:9093";
  private static final Duration READY = Duration.ofSeconds(30);
  private static final long POLL_NANOS = 250_000_000;

  private Alertmanager() {}

  /** Starts it with a configuration in a writable folder; returns when it is ready. */
  public static void start(Node node, Path config) {
    Path log = config.resolveSibling("alertmanager.log");
    Process process =
        node.start(
            new ProcessBuilder(
                    program(),
                    "--config.file=" + config,
                    "--storage.path=" + config.resolveSibling("alertmanager-data"),
                    "--web.listen-address=" + ADDRESS,
                    "--cluster.listen-address=")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile()));
    Peer fetcher = node.peer("am-fetcher");
    long deadline = System.nanoTime() + READY.toNanos();
    while (!isReady(fetcher)) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("alertmanager is not ready: " + text(log));
      }
      Waiting.pause(POLL_NANOS);
    }
  }

  /** Debian names the program after its package. */
  private static String program() {
    return Stream.of("prometheus-alertmanager", "alertmanager")
        .filter(NetLab::onPath)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no alertmanager to test against; mend it with: apt-get install"
                        + " prometheus-alertmanager"));
  }

  private static boolean isReady(Peer fetcher) {
    try {
      return fetcher.fetch("http://" + ADDRESS + "/-/ready").startsWith("200 ");
    } catch (IllegalStateException e) {
      return false; // Not listening yet.
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
