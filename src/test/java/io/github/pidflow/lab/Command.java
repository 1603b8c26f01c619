package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One short command, run to its end. A lab that was only half set up proves nothing, so whatever
 * fails or takes too long is an error that shows the command and what it printed.
 */
public final class Command {
  private static final int LIMIT_SECONDS = 30;

  private Command() {}

  /** What a command left behind; {@code output} is stdout and stderr as they came. */
  public record Result(int exitCode, String output) {}

  /** Runs a command that has to succeed and answers what it printed. */
  public static String run(List<String> command) {
    Result result = result(command, Path.of("/dev/null"));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + ": exit " + result.exitCode() + ": " + result.output());
    }
    return result.output();
  }

  /** Runs a command that may fail, with a file as its stdin. */
  public static Result result(List<String> command, Path stdin) {
    return result(command, stdin, LIMIT_SECONDS);
  }

  static Result result(List<String> command, Path stdin, int limitSeconds) {
    try {
      // A file, not a pipe: a child of the command that keeps the pipe open cannot hang us.
      Path output = Files.createTempFile("pidflow-lab", ".out");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectInput(stdin.toFile())
                .redirectOutput(output.toFile())
                .redirectErrorStream(true)
                .start();
        if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException(
              String.join(" ", command)
                  + ": still running after "
                  + limitSeconds
                  + " s: "
                  + text(output));
        }
        return new Result(process.exitValue(), text(output));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(String.join(" ", command), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(String.join(" ", command) + ": interrupted", e);
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
