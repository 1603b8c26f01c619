package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A short command, run to its end. A lab that is only half set up proves nothing, so a failure or
 * timeout is an error that shows the command and its output.
 */
public final class Command {
  private static final int LIMIT_SECONDS = 30;

  private Command() {}

  /** The result of a command; {@code output} has stdout and stderr in the order they came. */
  public record Result(int exitCode, String output) {}

  /** Runs a command that must succeed and returns its output. */
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
      // A file, not a pipe: a grandchild that keeps the pipe open cannot block us.
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
