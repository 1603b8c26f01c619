package io.github.pidflow.cli;

import io.github.pidflow.cli.TopClient.Query;
import io.github.pidflow.cli.TopClient.Response;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pidflow top}: shows the processes with the most traffic, as a running daemon sees it. */
@Command(
    name = "top",
    description = {
      "Shows the processes with the most traffic now, as a running daemon counts it.",
      "Keys: r sorts by received bytes, t by sent bytes, s by their sum; q quits."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class TopCommand implements Callable<Integer> {
  private static final int DEFAULT_LIMIT = 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://localhost:10067",
      description = "URL of the daemon; by default ${DEFAULT-VALUE}.")
  private URI url;

  @Option(names = "--once", description = "Prints the table once and exits.")
  private boolean once;

  @Option(names = "--json", description = "Prints the responses of the API, one per line.")
  private boolean json;

  @Option(
      names = "--sort",
      paramLabel = "RATE",
      defaultValue = "total",
      description = "Sort order: rx, tx or total; by default ${DEFAULT-VALUE}.")
  private String sort;

  @Option(
      names = "--window",
      paramLabel = "TIME",
      defaultValue = "15s",
      description =
          "Interval that rates are averaged over: 15s, 1m or 5m; by default ${DEFAULT-VALUE}.")
  private String window;

  @Option(
      names = "--match",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only processes whose name, pid, user, unit or container contains TEXT.")
  private String match;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "" + DEFAULT_LIMIT,
      description =
          "Maximum number of processes, unless they fill the screen; by default ${DEFAULT-VALUE}.")
  private int limit;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "Time between updates; by default ${DEFAULT-VALUE} s.")
  private int intervalSeconds;

  @Mixin private TopConnectionOptions access;

  @Override
  public Integer call() throws Exception {
    // The JVM options limit name resolution to /etc/hosts for the daemon; this command needs DNS
    // too.
    System.clearProperty("jdk.net.hosts.file");
    if (url.getScheme() == null || !url.getScheme().matches("https?") || url.getHost() == null) {
      throw new ParameterException(
          spec.commandLine(), "--url must be like http://host:port, not " + url);
    }
    if (intervalSeconds < 1) {
      throw new ParameterException(spec.commandLine(), "--interval must be 1 second or more");
    }
    TopClient client = new TopClient(url, access.authorization(), access.context());
    Query query = new Query(sort, window, match, limit);
    Duration interval = Duration.ofSeconds(intervalSeconds);
    if (once || json) {
      print(client, query, interval);
      return 0;
    }
    // Fails before the terminal switches to the alternate screen, which would hide the error.
    client.fetch(query);
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
        print(client, query, interval);
      } else {
        show(terminal, client, query, interval);
      }
    }
    return 0;
  }

  private static void show(Terminal terminal, TopClient client, Query query, Duration interval)
      throws IOException {
    try (TopScreen screen = new TopScreen(terminal, client, query, interval)) {
      screen.run();
    }
  }

  /** Prints one table after the other until the reader of the output is gone. */
  private void print(TopClient client, Query query, Duration interval)
      throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    while (true) {
      Response response = client.fetch(query);
      if (json) {
        out.println(response.json());
      } else {
        TopTable.lines(response.top(), sort, Integer.MAX_VALUE).forEach(out::println);
      }
      out.flush();
      // A write error may be known to System.out only.
      if (once || out.checkError() || System.out.checkError()) {
        return;
      }
      if (!json) {
        out.println();
      }
      Thread.sleep(interval.toMillis());
    }
  }
}
