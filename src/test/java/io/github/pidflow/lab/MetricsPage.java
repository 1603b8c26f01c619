package io.github.pidflow.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opentest4j.AssertionFailedError;

/**
 * One scrape in Prometheus text format 0.0.4. A page is consistent, so conservation can be checked
 * on every page, even during traffic.
 */
public final class MetricsPage {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? (\\S+)(?: -?\\d+)?");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

  private final String text;
  private final List<Series> series;

  /** One sample line. */
  public record Series(String name, Map<String, String> labels, double value) {}

  private MetricsPage(String text, List<Series> series) {
    this.text = text;
    this.series = series;
  }

  static MetricsPage parse(String text) {
    List<Series> series = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher sample = SAMPLE.matcher(line);
      if (!sample.matches()) {
        throw new IllegalArgumentException("not a sample line: " + line);
      }
      String labels = sample.group(2) == null ? "" : sample.group(2);
      series.add(new Series(sample.group(1), labels(labels), value(sample.group(3))));
    }
    return new MetricsPage(text, series);
  }

  /** The series of that name with at least these labels, given as name, value, name, value... */
  public List<Series> series(String name, String... labels) {
    return series.stream().filter(one -> one.name().equals(name) && has(one, labels)).toList();
  }

  /** The sum over {@link #series}; 0 if there is none. */
  public long sum(String name, String... labels) {
    double sum = series(name, labels).stream().mapToDouble(Series::value).sum();
    if (sum != Math.rint(sum) || sum > 0x1p53) {
      throw new IllegalStateException(name + " is not a whole number of bytes: " + sum);
    }
    return (long) sum;
  }

  /** The bytes of a process on the page, under any comm. */
  public Moved process(long pid) {
    String label = Long.toString(pid);
    return new Moved(
        sum("pidflow_bytes_total", "pid", label, "direction", "rx"),
        sum("pidflow_bytes_total", "pid", label, "direction", "tx"));
  }

  /** The bytes on the page that are unattributed for a reason. */
  public Moved unattributed(String reason) {
    return new Moved(
        sum("pidflow_unattributed_bytes_total", "reason", reason, "direction", "rx"),
        sum("pidflow_unattributed_bytes_total", "reason", reason, "direction", "tx"));
  }

  public long captured() {
    return sum("pidflow_captured_bytes_total");
  }

  /**
   * captured = attributed + unattributed + parked + forwarded, to the byte, where attributed is
   * both the sum over processes and the sum over groups. Valid until the first process series is
   * removed; after that, use {@link #assertConservedByGroup()}.
   */
  public void assertConserved() {
    assertConserved("pidflow_bytes_total");
    assertConservedByGroup();
  }

  /**
   * Conservation with attributed bytes by group, which also holds after process series are removed.
   */
  public void assertConservedByGroup() {
    assertConserved("pidflow_group_bytes_total");
  }

  /** The lines that show the distribution of bytes, for a failure message. */
  public String traffic() {
    StringBuilder lines = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      if (line.matches("pidflow_\\w*(bytes|dropped)\\w*( |\\{).*") && !line.endsWith(" 0.0")) {
        lines.append("  ").append(line).append('\n');
      }
    }
    return lines.toString();
  }

  /** The page as received. */
  public String text() {
    return text;
  }

  private void assertConserved(String attributedName) {
    if (series("pidflow_captured_bytes_total").size() != 1) {
      throw new AssertionFailedError("no pidflow_captured_bytes_total in the page:\n" + text);
    }
    long attributed = sum(attributedName);
    long unattributed = sum("pidflow_unattributed_bytes_total");
    long parked = sum("pidflow_parked_bytes");
    long forwarded = sum("pidflow_forwarded_bytes_total");
    long accounted = attributed + unattributed + parked + forwarded;
    if (captured() != accounted) {
      throw new AssertionFailedError(
          "captured %d, but %s %d + unattributed %d + parked %d + forwarded %d = %d\n%s"
              .formatted(
                  captured(),
                  attributedName,
                  attributed,
                  unattributed,
                  parked,
                  forwarded,
                  accounted,
                  traffic()),
          captured(),
          accounted);
    }
  }

  private static boolean has(Series one, String... labels) {
    for (int i = 0; i < labels.length; i += 2) {
      if (!labels[i + 1].equals(one.labels().get(labels[i]))) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new HashMap<>();
    Matcher label = LABEL.matcher(text);
    int at = 0;
    while (at < text.length() && label.find(at) && label.start() == at) {
      labels.put(label.group(1), unescaped(label.group(2)));
      at = label.end();
    }
    if (at != text.length()) {
      throw new IllegalArgumentException("not labels: " + text);
    }
    return labels;
  }

  private static String unescaped(String value) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\') {
        c = value.charAt(++i);
        c = c == 'n' ? '\n' : c;
      }
      plain.append(c);
    }
    return plain.toString();
  }

  private static double value(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
