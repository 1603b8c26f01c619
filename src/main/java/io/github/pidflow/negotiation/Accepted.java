package io.github.pidflow.negotiation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One element of a header such as {@code Accept}: {@code text/plain;version=1.0.0;q=0.5}. Names and
 * values are in lower case, since those that are compared here do not depend on it.
 *
 * @param weight from 0, not acceptable, to 1
 */
record Accepted(String name, Map<String, String> parameters, double weight) {
  /** One way only to match each digit: a client may send tens of thousands of them. */
  private static final Pattern WEIGHT = Pattern.compile("[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+");

  /**
   * The elements of a header that may be sent as several lines, in their order.
   *
   * @param lines the header's lines, or null if it was not sent
   */
  static List<Accepted> parse(List<String> lines) {
    List<Accepted> elements = new ArrayList<>();
    for (String line : lines == null ? List.<String>of() : lines) {
      for (String element : split(line, ',')) {
        List<String> parts = split(element, ';');
        if (!parts.get(0).isEmpty()) {
          elements.add(of(parts));
        }
      }
    }
    return elements;
  }

  private static Accepted of(List<String> parts) {
    Map<String, String> parameters = new HashMap<>();
    for (String part : parts.subList(1, parts.size())) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parameters.putIfAbsent(
            part.substring(0, equals).strip().toLowerCase(Locale.ROOT),
            unquoted(part.substring(equals + 1).strip()).toLowerCase(Locale.ROOT));
      }
    }
    String weight = parameters.remove("q");
    return new Accepted(parts.get(0).toLowerCase(Locale.ROOT), parameters, weight(weight));
  }

  /** A weight that is missing or malformed counts as 1, the default. */
  private static double weight(String text) {
    return text == null || !WEIGHT.matcher(text).matches()
        ? 1
        : Math.min(Double.parseDouble(text), 1);
  }

  /** Splits at a separator that is not part of a quoted string. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    parts.add(text.substring(start).strip());
    return parts;
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1") : value;
  }
}
