package io.github.pidflow.cli;

import io.github.pidflow.cli.TopClient.Answer;
import io.github.pidflow.cli.TopClient.Question;
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

/** {@code pidflow top}: who moves how much now, asked of a running daemon. */
@Command(
    name = "top",
    description = {
      "Shows who moves how much now, asked of a running daemon.",
      "Keys: r sorts by rx, t by tx, s by their sum; q quits."
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
      description = "Where the daemon listens; by default ${DEFAULT-VALUE}.")
  private URI url;

  @Option(names = "--once", description = "Prints the table once.")
  private boolean once;

  @Option(names = "--json", description = "Prints what the API answers, a line each time.")
  private boolean json;

  @Option(
      names = "--sort",
      paramLabel = "RATE",
      defaultValue = "total",
      description = "rx, tx or total; by default ${DEFAULT-VALUE}.")
  private String sort;

  @Option(
      names = "--window",
      paramLabel = "TIME",
      defaultValue = "15s",
      description = "Rates over 15s, 1m or 5m; by default ${DEFAULT-VALUE}.")
  private String window;

  @Option(
      names = "--match",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only processes with it in their name, pid, user, unit or container.")
  private String match;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "" + DEFAULT_LIMIT,
      description = "How many processes, where it is not the screen that limits them.")
  private int limit;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "Pause between two looks; by default ${DEFAULT-VALUE} s.")
  private int intervalSeconds;

  @Mixin private TopAccess access;

  @Override
  public Integer call() throws Exception {
    // The flags the daemon is started with: it looks names up in a file alone, this asks DNS too.
    System.clearProperty("jdk.net.hosts.file");
    if (url.getScheme() == null || !url.getScheme().matches("https?") || url.getHost() == null) {
      throw new ParameterException(
          spec.commandLine(), "--url is not like http://host:port: " + url);
    }
    if (intervalSeconds < 1) {
      throw new ParameterException(spec.commandLine(), "--interval is 1 second or more");
    }
    TopClient client = new TopClient(url, access.authorization(), access.context());
    Question question = new Question(sort, window, match, limit);
    Duration interval = Duration.ofSeconds(intervalSeconds);
    if (once || json) {
      print(client, question, interval);
      return 0;
    }
    // What is wrong from the start is said on a screen that stays.
    client.ask(question);
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
        print(client, question, interval);
      } else {
        show(terminal, client, question, interval);
      }
    }
    return 0;
  }

  private static void show(
      Terminal terminal, TopClient client, Question question, Duration interval)
      throws IOException {
    try (TopScreen screen = new TopScreen(terminal, client, question, interval)) {
      screen.run();
    }
  }

  /** A table after the other, until whoever reads them has gone. */
  private void print(TopClient client, Question question, Duration interval)
      throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    while (true) {
      Answer answer = client.ask(question);
      if (json) {
        out.println(answer.json());
      } else {
        TopTable.lines(answer.top(), sort, Integer.MAX_VALUE).forEach(out::println);
      }
      out.flush();
      // The writer does not learn of what System.out keeps to itself: that its reader has gone.
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
