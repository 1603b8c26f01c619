package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A strictly parsed page: every line follows the grammar, no family or series is repeated. */
final class Page {
  private static final String LABEL = "[a-z_]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*+\"";
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z_]+)(\\{(?:" + LABEL + ",?)*+})? (\\S+)");
  private static final Pattern TYPE = Pattern.compile("# TYPE ([a-z_]+) [a-z]+");

  private final Map<String, Double> samples = new HashMap<>();

  Page(String text) {
    Set<String> families = new HashSet<>();
    assertTrue(text.endsWith("\n"), "the last line has no end");
    for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
      Matcher type = TYPE.matcher(line);
      if (type.matches()) {
        assertTrue(families.add(type.group(1)), () -> "second family: " + line);
      } else if (!line.startsWith("# HELP ") && !line.equals("# EOF")) {
        Matcher sample = SAMPLE.matcher(line);
        assertTrue(sample.matches(), () -> "not a sample: " + line);
        String series = line.substring(0, sample.start(3) - 1);
        assertTrue(
            samples.put(series, Double.valueOf(sample.group(3))) == null,
            () -> "second sample: " + line);
      }
    }
  }

  /** A sample as written, with its labels; fails if it is absent. */
  double value(String series) {
    assertTrue(samples.containsKey(series), () -> "no " + series + " in " + samples.keySet());
    return samples.get(series);
  }

  double sum(String name) {
    return samples.entrySet().stream()
        .filter(entry -> entry.getKey().equals(name) || entry.getKey().startsWith(name + "{"))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  long count(String name) {
    return samples.keySet().stream().filter(series -> series.startsWith(name + "{")).count();
  }
}
