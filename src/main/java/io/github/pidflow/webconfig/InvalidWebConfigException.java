package io.github.pidflow.webconfig;

import java.io.IOException;
import java.util.List;

/**
 * The web configuration cannot be used. Holds everything that is wrong with it, so that a user
 * mends a file once and not once a problem.
 */
public final class InvalidWebConfigException extends IOException {
  private final transient List<String> problems;

  InvalidWebConfigException(List<String> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  /** Each as {@code file: line: key: what is wrong}; line and key only where there is one. */
  public List<String> problems() {
    return problems;
  }

  private static String message(List<String> problems) {
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    return count + " in the web configuration:\n" + String.join("\n", problems);
  }
}
