package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opentest4j.AssertionFailedError;

/** {@code pidflow record} of the built jar, in a node. */
public final class RecordCommand implements AutoCloseable {
  private static final Duration BEGIN = Duration.ofSeconds(60);
  private static final int END_SECONDS = 30;
  private static final long POLL_NANOS = 50_000_000;

  private final Process process;
  private final Path log;

  private RecordCommand(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts it and returns when it records. */
  public static RecordCommand begin(Node node, String... arguments) {
    RecordCommand command = start(node, arguments);
    long deadline = System.nanoTime() + BEGIN.toNanos();
    while (!command.said().contains("recording ")) {
      if (!command.process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("it does not record: " + command.said());
      }
      Waiting.pause(POLL_NANOS);
    }
    return command;
  }

  /** Starts it in the network namespace of a node only. */
  public static RecordCommand start(Node node, String... arguments) {
    try {
      Path log = Files.createTempFile("pidflow-record", ".log");
      log.toFile().deleteOnExit();
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-Dpidflow.namespaces=host",
                  "-jar",
                  WorldReadable.jar().toString(),
                  "record"));
      command.addAll(List.of(arguments));
      Process process =
          node.start(
              new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()));
      return new RecordCommand(process, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String said() {
    try {
      return Files.readString(log, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends it a signal, like {@code INT}, and returns its exit code. */
  public int stop(String signal) {
    Command.run(List.of("sh", "-c", "kill -" + signal + " " + process.pid()));
    return awaitEnd();
  }

  /** Waits until it has ended by itself, and returns its exit code. */
  public int awaitEnd() {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionFailedError("it goes on: " + said());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
