package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.AssertionFailedError;

/** A real headless browser in a node, which returns a page as it is after its scripts ran. */
public final class Browser {
  private static final int LIMIT_SECONDS = 120;
  private static final int DELETE_ATTEMPTS = 50;
  private static final long DELETE_PAUSE_NANOS = 100_000_000;

  /** The program's names in Debian and Fedora. */
  private static final List<String> PROGRAMS = List.of("chromium", "chromium-browser");

  private Browser() {}

  /**
   * A page as it was seen.
   *
   * @param console what it wrote there, refusals of its security policy included, a line each
   */
  public record Visit(String dom, String console) {}

  /** Opens a page and advances five seconds of virtual time, during which it never waits. */
  public static Visit visit(Node node, String url) {
    String program =
        PROGRAMS.stream()
            .filter(NetLab::onPath)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("apt-get install chromium"));
    try {
      Path folder = Files.createTempDirectory("pidflow-browser");
      try {
        return visit(node, program, url, folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(url, e);
    }
  }

  private static Visit visit(Node node, String program, String url, Path folder)
      throws IOException {
    Path dom = folder.resolve("dom.html");
    Path log = folder.resolve("log");
    Process process =
        node.start(
            new ProcessBuilder(
                    program,
                    "--headless",
                    // Its sandbox does not work as root, which the lab requires.
                    "--no-sandbox",
                    "--disable-gpu",
                    "--enable-logging=stderr",
                    "--user-data-dir=" + folder.resolve("profile"),
                    "--virtual-time-budget=5000",
                    "--dump-dom",
                    url)
                .redirectOutput(dom.toFile())
                .redirectError(log.toFile()));
    try {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionFailedError(program + " does not end: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String console =
        Files.readString(log, UTF_8)
            .lines()
            .filter(line -> line.contains(":CONSOLE"))
            .collect(Collectors.joining("\n"));
    return new Visit(Files.readString(dom, UTF_8), console);
  }

  /** The browser's helper processes may still write for a moment after it has ended. */
  private static void delete(Path folder) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        deleteOnce(folder);
        return;
      } catch (IOException | UncheckedIOException e) {
        if (attempt == DELETE_ATTEMPTS) {
          throw e;
        }
        Waiting.pause(DELETE_PAUSE_NANOS);
      }
    }
  }

  private static void deleteOnce(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.deleteIfExists(each);
    }
  }
}
