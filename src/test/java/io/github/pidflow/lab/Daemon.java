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
  private static final Duration LOGGED = Duration.ofSeconds(10);
  private static final int STOP_SECONDS = 20;

  private final Process process;
  private final UnaryOperator<String> get;
  private final String address;
  private final List<String> fixed;
  private final Path config;
  private final Path log;

  private Daemon(Launch launch, UnaryOperator<String> get, String address, List<String> fixed) {
    process = launch.process();
    config = launch.config();
    log = launch.log();
    this.get = get;
    this.address = address;
    this.fixed = List.copyOf(fixed);
  }

  /** The result of a run that has ended. */
  public record Outcome(int exitCode, String log) {}

  /** Starts a daemon on port 10067 and returns when it is ready. */
  public static Daemon start(Node node, String engine, String... settings) {
    return start(node, 10067, List.of(), engine, settings);
  }

  /**
   * Starts a daemon and returns when it is ready.
   *
   * @param prefix a command to run it under, like setpriv(1) and its options
   * @param settings lines of HOCON
   */
  public static Daemon start(
      Node node, int port, List<String> prefix, String engine, String... settings) {
    return start(node, port, prefix, plainly(node, "127.0.0.1:" + port), engine, settings);
  }

  /**
   * Starts a daemon that restricts access and returns when it is ready.
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
    List<String> fixed = new ArrayList<>();
    if (Arrays.stream(settings).noneMatch(line -> line.startsWith("pidflow.namespaces"))) {
      // The machine has other namespaces, with traffic the test does not know.
      fixed.add("pidflow.namespaces = host");
    }
    fixed.add("pidflow.capture.engine = " + engine);
    String address = "127.0.0.1:" + port;
    if (Arrays.stream(settings).noneMatch(line -> line.startsWith("pidflow.web.listen-address"))) {
      fixed.add("pidflow.web.listen-address = \"" + address + '"');
    }
    Launch launch = launch(node, prefix, text(settings, fixed), "rw-r--r--");
    Daemon daemon = new Daemon(launch, get, address, fixed);
    daemon.awaitReady();
    return daemon;
  }

  /** Starts a daemon with the given command and returns when it is ready. */
  public static Daemon start(Node node, String address, ProcessBuilder command) {
    try {
      Path log = Files.createTempFile("pidflow-daemon", ".log");
      log.toFile().deleteOnExit();
      Process process = node.start(command.redirectErrorStream(true).redirectOutput(log.toFile()));
      Launch launch = new Launch(process, null, log);
      Daemon daemon = new Daemon(launch, plainly(node, address), address, List.of());
      daemon.awaitReady();
      return daemon;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static UnaryOperator<String> plainly(Node node, String address) {
    Peer scraper = node.peer("scraper");
    return path -> scraper.fetch("http://" + address + path);
  }

  private static String text(String[] settings, List<String> fixed) {
    return String.join("\n", settings) + '\n' + String.join("\n", fixed) + '\n';
  }

  /** Replaces the settings in the file that the daemon was started with. */
  public void configure(String... settings) {
    try {
      Files.writeString(config, text(settings, fixed));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The URL of a path, as seen from its node. */
  public String url(String path) {
    return "http://" + address + path;
  }

  /** Starts a daemon that is expected to exit by itself, and waits for that. */
  public static Outcome runToEnd(Node node, List<String> prefix, String configuration) {
    return runToEnd(node, prefix, configuration, "rw-r--r--");
  }

  /** As above, with a configuration file of a mode written like {@code rw-r--r--}. */
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

  /**
   * Scrapes until a page meets the condition, checks conservation on each, and returns that page.
   */
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

  /** Sends a signal to stop it, like {@code TERM}, and returns its exit code. */
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

  /** Waits for a log line that may be written just after its effect is visible. */
  public void awaitLog(String wanted) {
    long deadline = System.nanoTime() + LOGGED.toNanos();
    while (!log().contains(wanted)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("not logged: " + wanted + "; the log:\n" + log());
      }
      Waiting.pause(POLL_NANOS);
    }
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
      return false; // Not listening yet.
    }
  }

  private record Launch(Process process, Path config, Path log) {}

  private static Launch launch(
      Node node, List<String> prefix, String configuration, String configurationMode) {
    try {
      // A world-readable folder, for a daemon that is not root.
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
      return new Launch(process, config, log);
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
