package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.opentest4j.AssertionFailedError;

/** A real Prometheus with its own configuration and storage, in a node beside the daemon. */
public final class Prometheus implements AutoCloseable {
  private static final String ADDRESS = "127.0.0.1:9090";
  private static final Duration READY = Duration.ofSeconds(30);
  private static final long POLL_NANOS = 250_000_000;

  private final Process process;
  private final Peer fetcher;

  private Prometheus(Process process, Peer fetcher) {
    this.process = process;
    this.fetcher = fetcher;
  }

  /** Starts it, scraping {@code target} every second, and returns when it answers queries. */
  public static Prometheus start(Node node, String target) {
    return start(node, Map.of(target, target));
  }

  /** As above with several targets, each an instance name and its address. */
  public static Prometheus start(Node node, Map<String, String> targets) {
    return start(node, targets, "");
  }

  /**
   * As above with more settings of the scrape job.
   *
   * @param job YAML of a {@code scrape_config}, its keys at the start of their lines
   */
  public static Prometheus start(Node node, String target, String job) {
    return start(node, Map.of(target, target), job);
  }

  private static Prometheus start(Node node, Map<String, String> targets, String job) {
    try {
      Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "prom");
      return start(
          node,
          Files.writeString(
              folder.resolve("prometheus.yml"),
              """
              global:
                scrape_interval: 1s
                scrape_timeout: 1s
              scrape_configs:
                - job_name: pidflow
                  static_configs:
              """
                  + targets.entrySet().stream()
                      .map(Prometheus::staticConfig)
                      .collect(Collectors.joining())
                  + job.indent(4)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it with a configuration in a writable folder; returns when it is ready. */
  public static Prometheus start(Node node, Path config) {
    if (!NetLab.onPath("prometheus")) {
      throw new IllegalStateException(
          "no prometheus(1) to test against; mend it with: apt-get install prometheus");
    }
    try {
      Path log = config.resolveSibling("log");
      Process process =
          node.start(
              new ProcessBuilder(
                      "prometheus",
                      "--config.file=" + config,
                      "--storage.tsdb.path=" + config.resolveSibling("data"),
                      "--web.listen-address=" + ADDRESS)
                  .redirectErrorStream(true)
                  .redirectOutput(log.toFile()));
      Prometheus prometheus = new Prometheus(process, node.peer("querier"));
      long deadline = System.nanoTime() + READY.toNanos();
      while (!prometheus.isReady()) {
        if (!process.isAlive() || System.nanoTime() - deadline > 0) {
          throw new AssertionFailedError("prometheus is not ready: " + Files.readString(log));
        }
        Waiting.pause(POLL_NANOS);
      }
      return prometheus;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The result vector of an instant query: entries with {@code metric} and {@code value}. */
  public List<? extends Config> query(String expression) {
    return ask("query", "query", expression).getConfigList("data.result");
  }

  /** The result vector of an instant query at a time. */
  public List<? extends Config> query(String expression, Instant at) {
    return ask("query", "query", expression, "time", at.toString()).getConfigList("data.result");
  }

  /** The result matrix of a range query: entries with {@code metric} and {@code values}. */
  public List<? extends Config> query(
      String expression, Instant until, Duration range, Duration step) {
    long end = until.getEpochSecond();
    return ask(
            "query_range",
            "query",
            expression,
            "start",
            Long.toString(end - range.toSeconds()),
            "end",
            Long.toString(end),
            "step",
            Long.toString(step.toSeconds()))
        .getConfigList("data.result");
  }

  /** The values of a label in the series of a selector. */
  public List<String> labelValues(String selector, String label) {
    return ask("label/" + label + "/values", "match[]", selector).getStringList("data");
  }

  /** The value of an instant query's only result, NaN if there is none. */
  public double number(String expression) {
    List<? extends Config> result = query(expression);
    return result.isEmpty()
        ? Double.NaN
        : Double.parseDouble(result.get(0).getStringList("value").get(1));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private Config ask(String path, String... parameters) {
    StringBuilder url = new StringBuilder("http://" + ADDRESS + "/api/v1/" + path);
    for (int i = 0; i < parameters.length; i += 2) {
      url.append(i == 0 ? '?' : '&')
          .append(parameters[i])
          .append('=')
          .append(URLEncoder.encode(parameters[i + 1], UTF_8));
    }
    String[] answer = fetcher.fetch(url.toString()).split(" ", 2);
    // JSON is also valid HOCON.
    String json = new String(Base64.getDecoder().decode(answer[1]), UTF_8);
    Config root = ConfigFactory.parseString(json);
    if (!answer[0].equals("200") || !root.getString("status").equals("success")) {
      throw new AssertionFailedError(String.join(" ", parameters) + ": " + json);
    }
    return root;
  }

  private static String staticConfig(Map.Entry<String, String> target) {
    return "      - targets: ['%s']\n        labels: { instance: '%s' }\n"
        .formatted(target.getValue(), target.getKey());
  }

  private boolean isReady() {
    try {
      return fetcher.fetch("http://" + ADDRESS + "/-/ready").startsWith("200 ");
    } catch (IllegalStateException e) {
      return false; // Not listening yet.
    }
  }
}
