package io.github.pidflow.dashboards;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** One series of an answer: its labels, and its samples in time order. */
record Series(Map<String, String> labels, List<Sample> samples) {
  /** A value and its time in seconds. */
  record Sample(double seconds, double value) {}

  /** Parses an entry of a vector or a matrix. */
  static Series of(Config entry) {
    Map<String, String> labels =
        entry.getConfig("metric").root().unwrapped().entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    label -> (String) label.getValue(),
                    (a, b) -> a,
                    TreeMap::new));
    List<? extends List<?>> pairs =
        entry.hasPath("values")
            ? entry.getList("values").stream().map(pair -> (List<?>) pair.unwrapped()).toList()
            : List.of(entry.getList("value").unwrapped());
    return new Series(labels, pairs.stream().map(Series::sample).toList());
  }

  double last() {
    return samples.get(samples.size() - 1).value();
  }

  /** Whether it has any number; 0 / 0 is not one. */
  boolean hasNumber() {
    return samples.stream().anyMatch(sample -> !Double.isNaN(sample.value()));
  }

  /** Its legend, from a pattern with labels in double braces. */
  String name(String legend) {
    String name = legend;
    for (Map.Entry<String, String> label : labels.entrySet()) {
      name = name.replace("{{" + label.getKey() + "}}", label.getValue());
    }
    return name;
  }

  private static Sample sample(List<?> pair) {
    String text = (String) pair.get(1);
    double value =
        switch (text) {
          case "+Inf" -> Double.POSITIVE_INFINITY;
          case "-Inf" -> Double.NEGATIVE_INFINITY;
          default -> Double.parseDouble(text);
        };
    return new Sample(((Number) pair.get(0)).doubleValue(), value);
  }
}
