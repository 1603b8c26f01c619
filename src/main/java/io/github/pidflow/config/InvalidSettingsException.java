package io.github.pidflow.config;

import java.util.List;

/**
 * The settings cannot be used. Holds everything that is wrong with them, so that a user mends a
 * file once and not once a problem.
 */
public final class InvalidSettingsException extends Exception {
  private final transient List<String> problems;

  InvalidSettingsException(List<String> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  /** Each as {@code place: line: key: what is wrong}; line and key only where there is one. */
  public List<String> problems() {
    return problems;
  }

  private static String message(List<String> problems) {
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    return count + " in the settings:\n" + String.join("\n", problems);
  }
}
