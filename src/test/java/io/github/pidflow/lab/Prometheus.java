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
import java.util.Base64;
import java.util.List;
import org.opentest4j.AssertionFailedError;

/** The real one, with a configuration and a storage of its own, in a node beside the daemon. */
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

  /** Starts it, scraping {@code target} every second, and returns once it answers queries. */
  public static Prometheus start(Node node, String target) {
    return start(node, target, "");
  }

  /**
   * The same with more settings of the scrape job.
   *
   * @param job YAML of a {@code scrape_config}, its keys at the start of their lines
   */
  public static Prometheus start(Node node, String target, String job) {
    if (!NetLab.onPath("prometheus")) {
      throw new IllegalStateException(
          "no prometheus(1) to test against; mend it with: apt-get install prometheus");
    }
    try {
      Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "prom");
      Path config =
          Files.writeString(
              folder.resolve("prometheus.yml"),
              """
              global:
                scrape_interval: 1s
                scrape_timeout: 1s
              scrape_configs:
                - job_name: pidflow
                  static_configs:
                    - targets: ['%s']
              %s"""
                  .formatted(target, job.indent(4)));
      Path log = folder.resolve("log");
      Process process =
          node.start(
              new ProcessBuilder(
                      "prometheus",
                      "--config.file=" + config,
                      "--storage.tsdb.path=" + folder.resolve("data"),
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

  /** The result vector of an instant query: each with {@code metric} and {@code value}. */
  public List<? extends Config> query(String expression) {
    String url =
        "http://" + ADDRESS + "/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8);
    String[] answer = fetcher.fetch(url).split(" ", 2);
    // HOCON is a superset of JSON.
    String json = new String(Base64.getDecoder().decode(answer[1]), UTF_8);
    Config root = ConfigFactory.parseString(json);
    if (!answer[0].equals("200") || !root.getString("status").equals("success")) {
      throw new AssertionFailedError(expression + ": " + json);
    }
    return root.getConfigList("data.result");
  }

  /** The number of an instant query's only result, NaN where there is none. */
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

  private boolean isReady() {
    try {
      return fetcher.fetch("http://" + ADDRESS + "/-/ready").startsWith("200 ");
    } catch (IllegalStateException e) {
      return false; // Nobody listens yet.
    }
  }
}
