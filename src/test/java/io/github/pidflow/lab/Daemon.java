package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.opentest4j.AssertionFailedError;

/**
 * The built jar, run as a user runs it, in a node. Its page is fetched from inside the node, so no
 * way in or out is added for the test's sake; the scrapes are traffic on {@code lo} like any other.
 */
public final class Daemon implements AutoCloseable {
  private static final long POLL_NANOS = 100_000_000;
  private static final Duration READY = Duration.ofSeconds(60);
  private static final int STOP_SECONDS = 20;

  private final Process process;
  private final UnaryOperator<String> get;
  private final Path log;

  private Daemon(Process process, UnaryOperator<String> get, Path log) {
    this.process = process;
    this.get = get;
    this.log = log;
  }

  /** What a run that ended left behind. */
  public record Outcome(int exitCode, String log) {}

  /** Starts a daemon on port 10067 and returns once it is ready. */
  public static Daemon start(Node node, String engine, String... settings) {
    return start(node, 10067, List.of(), engine, settings);
  }

  /**
   * Starts a daemon and returns once it is ready.
   *
   * @param prefix a command to run it under, like setpriv(1) and its options
   * @param settings lines of HOCON
   */
  public static Daemon start(
      Node node, int port, List<String> prefix, String engine, String... settings) {
    Peer scraper = node.peer("scraper");
    String address = "127.0.0.1:" + port;
    return start(
        node, port, prefix, path -> scraper.fetch("http://" + address + path), engine, settings);
  }

  /**
   * Starts a daemon that not everybody may ask, and returns once it is ready.
   *
   * @param get answers status, space and the body in base64 for a path, or throws an
   *     IllegalStateException where nobody listens yet
   */
  public static Daemon startGuarded(Node node, UnaryOperator<String> get, String... settings) {
    return start(node, 10067, List.of(), get, "ring", settings);
  }

  private static Daemon start(
      Node node,
      int port,
      List<String> prefix,
      UnaryOperator<String> get,
      String engine,
      String... settings) {
    List<String> lines = new ArrayList<>(Arrays.asList(settings));
    if (lines.stream().noneMatch(line -> line.startsWith("pidflow.namespaces"))) {
      // The machine has others, with traffic the test knows nothing of.
      lines.add("pidflow.namespaces = host");
    }
    lines.add("pidflow.capture.engine = " + engine);
    lines.add("pidflow.web.listen-address = \"127.0.0.1:" + port + '"');
    Launch launch = launch(node, prefix, String.join("\n", lines) + '\n', "rw-r--r--");
    Daemon daemon = new Daemon(launch.process(), get, launch.log());
    daemon.awaitReady();
    return daemon;
  }

  /** Starts a daemon that is meant to end by itself, and waits for that. */
  public static Outcome runToEnd(Node node, List<String> prefix, String configuration) {
    return runToEnd(node, prefix, configuration, "rw-r--r--");
  }

  /** The same, with a configuration file of a mode written like {@code rw-r--r--}. */
  public static Outcome runToEnd(
      Node node, List<String> prefix, String configuration, String configurationMode) {
    Launch launch = launch(node, prefix, configuration, configurationMode);
    try {
      if (!launch.process().waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionFailedError("it goes on running; its log:\n" + text(launch.log()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new Outcome(launch.process().exitValue(), text(launch.log()));
  }

  public long pid() {
    return process.pid();
  }

  public MetricsPage page() {
    String[] answer = get.apply("/metrics").split(" ", 2);
    if (!answer[0].equals("200")) {
      throw new AssertionFailedError("/metrics answered " + answer[0] + "; the log:\n" + log());
    }
    return MetricsPage.parse(new String(Base64.getDecoder().decode(answer[1]), UTF_8));
  }

  /** Scrapes until a page is as wanted, each of them conserved, and answers that page. */
  public MetricsPage await(String wanted, Duration limit, Predicate<MetricsPage> condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      MetricsPage page = page();
      page.assertConservedByGroup();
      if (condition.test(page)) {
        return page;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError(
            "after " + limit + " still not: " + wanted + "\n" + page.traffic() + "log:\n" + log());
      }
      Waiting.pause(POLL_NANOS);
    }
  }

  /** Sends it a signal to end on, like {@code TERM}, and answers its exit code. */
  public int stop(String signal) {
    Command.run(List.of("sh", "-c", "kill -" + signal + " " + pid()));
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionFailedError("no end after SIG" + signal + "; the log:\n" + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return process.exitValue();
  }

  public String log() {
    return text(log);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void awaitReady() {
    long deadline = System.nanoTime() + READY.toNanos();
    while (!isReady()) {
      if (!process.isAlive()) {
        throw new AssertionFailedError(
            "it ended with " + process.exitValue() + " before it was ready; its log:\n" + log());
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("not ready after " + READY + "; the log:\n" + log());
      }
      Waiting.pause(POLL_NANOS);
    }
  }

  private boolean isReady() {
    try {
      return get.apply("/-/ready").startsWith("200 ");
    } catch (IllegalStateException e) {
      return false; // Nobody listens yet.
    }
  }

  private record Launch(Process process, Path log) {}

  private static Launch launch(
      Node node, List<String> prefix, String configuration, String configurationMode) {
    try {
      // A folder anybody can read, also a daemon that is not root.
      Path folder = Files.createTempDirectory(WorldReadable.FOLDER, "pidflow-daemon");
      WorldReadable.set(folder);
      folder.toFile().deleteOnExit();
      Path config = Files.writeString(folder.resolve("pidflow.conf"), configuration);
      Files.setPosixFilePermissions(config, PosixFilePermissions.fromString(configurationMode));
      Path log = folder.resolve("log");
      config.toFile().deleteOnExit();
      log.toFile().deleteOnExit();
      List<String> command = new ArrayList<>(prefix);
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx128m",
              "-jar",
              WorldReadable.jar().toString(),
              "run",
              "--config",
              config.toString()));
      Process process =
          node.start(
              new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()));
      return new Launch(process, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
