package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.opentest4j.AssertionFailedError;

/** A terminal, which script(1) makes, with a command on it and somebody who types. */
public final class Screen implements AutoCloseable {
  private static final long POLL_NANOS = 50_000_000;

  private final Process process;
  private final Path shown;

  private Screen(Process process, Path shown) {
    this.process = process;
    this.shown = shown;
  }

  /** Starts a shell command on a terminal of its own of 100 columns and 30 rows. */
  public static Screen open(Node node, String command) {
    try {
      Path shown = Files.createTempFile("pidflow-screen", ".out");
      shown.toFile().deleteOnExit();
      ProcessBuilder script =
          new ProcessBuilder(
                  "script", "-qefc", "stty cols 100 rows 30; exec " + command, "/dev/null")
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

  /** All that came so far, a terminal's commands included. */
  public String text() {
    try {
      return new String(Files.readAllBytes(shown), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until something has been on the screen. */
  public void await(String wanted, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!text().contains(wanted)) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("never on the screen: " + wanted + "\n" + text());
      }
      Waiting.pause(POLL_NANOS);
    }
  }

  /** Waits for the command to end, and answers its exit code. */
  public int awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionFailedError("it goes on:\n" + text());
    }
    return process.exitValue();
  }

  /** Ends it. The command ends with its terminal. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
