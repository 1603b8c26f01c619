package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opentest4j.AssertionFailedError;

/** A terminal made by script(1), with a command on it and simulated keystrokes. */
public final class Screen implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("/dev/pts/\\d+");
  private static final String CLEARED = "\u001b[2J";
  private static final long POLL_NANOS = 50_000_000;

  private final Process process;
  private final Path shown;

  private Screen(Process process, Path shown) {
    this.process = process;
    this.shown = shown;
  }

  /** Starts a shell command on its own terminal of 100 columns and 30 rows. */
  public static Screen open(Node node, String command) {
    try {
      Path shown = Files.createTempFile("pidflow-screen", ".out");
      shown.toFile().deleteOnExit();
      ProcessBuilder script =
          new ProcessBuilder(
                  "script", "-qefc", "tty; stty cols 100 rows 30; exec " + command, "/dev/null")
              .redirectErrorStream(true)
              .redirectOutput(shown.toFile());
      script.environment().put("TERM", "xterm");
      return new Screen(node.start(script), shown);
    } catch (IOException e) {
      throw new UncheckedIOException(command, e);
    }
  }

  public void type(String keys) {
    try {
      process.getOutputStream().write(keys.getBytes(UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All output so far, including terminal escape sequences. */
  public String text() {
    try {
      return new String(Files.readAllBytes(shown), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Resizes the terminal; the kernel notifies the command. */
  public void resize(int columns, int rows) {
    Matcher name = NAME.matcher(text());
    if (!name.find()) {
      throw new AssertionFailedError("no terminal:\n" + text());
    }
    Command.run(List.of("stty", "-F", name.group(), "cols", "" + columns, "rows", "" + rows));
  }

  /** Waits until a text has been on the screen. */
  public void await(String wanted, Duration limit) {
    await(wanted, limit, () -> text().contains(wanted));
  }

  /** Waits until the text since the screen was last cleared meets the condition. */
  public void awaitFrame(String wanted, Duration limit, Predicate<String> condition) {
    await(
        wanted,
        limit,
        () -> {
          String text = text();
          return condition.test(text.substring(Math.max(text.lastIndexOf(CLEARED), 0)));
        });
  }

  private void await(String wanted, Duration limit, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("never on the screen: " + wanted + "\n" + text());
      }
      Waiting.pause(POLL_NANOS);
    }
  }

  /** Waits for the command to end, and returns its exit code. */
  public int awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionFailedError("it goes on:\n" + text());
    }
    return process.exitValue();
  }

  /** Ends the terminal, and the command with it. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
