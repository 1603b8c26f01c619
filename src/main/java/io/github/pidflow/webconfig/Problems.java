package io.github.pidflow.webconfig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What was found wrong with the file so far, and what is right but does nothing here. */
final class Problems {
  private final Path file;
  private final List<Problem> found = new ArrayList<>();
  private final List<Problem> remarks = new ArrayList<>();

  Problems(Path file) {
    this.file = file;
  }

  /** The line counts from 1; 0 is the file as a whole. */
  void add(int line, String text) {
    found.add(new Problem(line, text));
  }

  void remark(int line, String text) {
    remarks.add(new Problem(line, text));
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  List<String> remarks() {
    return lines(remarks);
  }

  void throwIfAny() throws InvalidWebConfigException {
    if (!found.isEmpty()) {
      throw new InvalidWebConfigException(lines(found));
    }
  }

  private List<String> lines(List<Problem> problems) {
    return problems.stream()
        .sorted(Comparator.comparingInt(Problem::line))
        .map(problem -> file + ": " + (problem.line > 0 ? problem.line + ": " : "") + problem.text)
        .toList();
  }

  private record Problem(int line, String text) {}
}
