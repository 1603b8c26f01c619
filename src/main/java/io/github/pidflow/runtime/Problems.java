package io.github.pidflow.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Collects the problems found while settings are read, so that all of them are reported at once.
 * They are listed by place, and by line within a file.
 */
public final class Problems {
  /** The line of a problem that concerns a place as a whole. Lines count from 1. */
  public static final int NO_LINE = 0;

  private static final Comparator<Problem> READING_ORDER =
      Comparator.comparing(Problem::place).thenComparingInt(Problem::line);

  private final String subject;
  private final String file;
  private final List<Problem> found = new ArrayList<>();
  private final List<Problem> remarks = new ArrayList<>();

  /**
   * For settings that come from several places.
   *
   * @param subject what is read, as in "2 problems in the settings"
   */
  public Problems(String subject) {
    this(subject, Path.of(""));
  }

  /** For settings that come from a single file. */
  public Problems(String subject, Path file) {
    this.subject = subject;
    this.file = file.toString();
  }

  private record Problem(String place, int line, String text) {
    @Override
    public String toString() {
      return place + ": " + (line > NO_LINE ? line + ": " : "") + text;
    }
  }

  public void add(String place, String text) {
    add(place, NO_LINE, text);
  }

  public void add(String place, int line, String text) {
    found.add(new Problem(place, line, text));
  }

  /** Adds a problem in the file. */
  public void add(int line, String text) {
    add(file, line, text);
  }

  /** Adds a remark on a valid setting in the file that has no effect here. */
  public void remark(int line, String text) {
    remarks.add(new Problem(file, line, text));
  }

  /** Adds a remark on something that has no effect here. */
  public void remark(String place, String text) {
    remarks.add(new Problem(place, NO_LINE, text));
  }

  /** Every problem, as {@code place: line: text}. */
  public List<String> lines() {
    return lines(found);
  }

  public List<String> remarks() {
    return lines(remarks);
  }

  /**
   * Reports every problem found.
   *
   * @throws InvalidSettingsException if there is any
   */
  public void throwIfAny() throws InvalidSettingsException {
    if (!found.isEmpty()) {
      throw new InvalidSettingsException(subject, lines());
    }
  }

  private static List<String> lines(List<Problem> problems) {
    return problems.stream().sorted(READING_ORDER).map(Problem::toString).toList();
  }
}
