package io.github.pidflow.runtime;

import java.io.IOException;
import java.io.Serial;
import java.util.List;

/**
 * What a user asked for is invalid: settings, a web configuration or a recording. It carries every
 * problem found, so that the user can fix all of them before the next attempt.
 */
public class InvalidSettingsException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final transient List<String> problems;

  /** A single problem, which is the whole message. */
  public InvalidSettingsException(String problem) {
    super(problem);
    problems = List.of(problem);
  }

  /**
   * Several problems in one subject.
   *
   * @param subject what they are in, such as "settings"
   * @param problems each as {@code place: line: key: what is wrong}; line and key only where there
   *     is one
   */
  public InvalidSettingsException(String subject, List<String> problems) {
    super(message(subject, problems));
    this.problems = List.copyOf(problems);
  }

  public final List<String> problems() {
    return problems;
  }

  private static String message(String subject, List<String> problems) {
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    return count + " in the " + subject + ":\n" + String.join("\n", problems);
  }
}
