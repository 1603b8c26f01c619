package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.opentest4j.AssertionFailedError;

/** The receiver of an Alertmanager's notifications; keeps every alert of each. */
public final class Webhook {
  private final BufferedReader messages;
  private final List<Config> alerts = new CopyOnWriteArrayList<>();

  private Webhook(Process process) {
    messages = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** Starts a receiver in a node and returns when it listens. */
  public static Webhook start(Node node, int port) {
    Process process =
        node.start(
            new ProcessBuilder(Script.command("webhook.py", port))
                .redirectError(ProcessBuilder.Redirect.INHERIT));
    Webhook webhook = new Webhook(process);
    String first = webhook.line();
    if (!"ready".equals(first)) {
      throw new AssertionFailedError("the webhook is not ready: " + first);
    }
    Thread reader = new Thread(webhook::readAll, "webhook");
    reader.setDaemon(true);
    reader.start();
    return webhook;
  }

  /** The alerts received so far, each with {@code status}, {@code labels}, {@code annotations}. */
  public List<Config> alerts() {
    return List.copyOf(alerts);
  }

  private void readAll() {
    for (String line = line(); line != null; line = line()) {
      // JSON is also valid HOCON.
      alerts.addAll(ConfigFactory.parseString(line).getConfigList("alerts"));
    }
  }

  private String line() {
    try {
      return messages.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
