package io.github.pidflow.config;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What was found wrong so far, in whatever order, and told place by place and line by line. */
final class Problems {
  private static final int NO_LINE = -1;
  private static final Comparator<Problem> READING_ORDER =
      Comparator.comparing(Problem::place).thenComparingInt(Problem::line);

  private final List<Problem> found = new ArrayList<>();

  void add(String place, String text) {
    found.add(new Problem(place, NO_LINE, text));
  }

  void add(ConfigOrigin origin, String text) {
    // Only a file has lines worth naming: an environment variable's are always 1.
    if (origin.filename() == null) {
      add(origin.withLineNumber(NO_LINE).description(), text);
    } else {
      found.add(new Problem(origin.filename(), origin.lineNumber(), text));
    }
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  List<String> lines() {
    return found.stream().sorted(READING_ORDER).map(Problem::toString).toList();
  }

  private record Problem(String place, int line, String text) {
    @Override
    public String toString() {
      return place + ": " + (line > 0 ? line + ": " : "") + text;
    }
  }
}
