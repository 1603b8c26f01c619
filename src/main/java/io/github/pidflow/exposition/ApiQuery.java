package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The query parameters of an API request. Unknown parameters are errors. */
final class ApiQuery {
  private static final int MAX_LENGTH = 4096;

  private final Map<String, String> values = new HashMap<>();
  private final Map<String, List<String>> repeated = new HashMap<>();

  /**
   * Parses a query.
   *
   * @param raw the query before percent-decoding, or null
   * @param known the allowed names
   */
  ApiQuery(String raw, Collection<String> known) throws ApiRefusal {
    this(raw, known, Set.of());
  }

  /**
   * Parses a query.
   *
   * @param repeatable the names that may be given more than once
   */
  ApiQuery(String raw, Collection<String> known, Collection<String> repeatable) throws ApiRefusal {
    if (raw == null || raw.isEmpty()) {
      return;
    }
    if (raw.length() > MAX_LENGTH) {
      throw ApiRefusal.badData("the query is longer than " + MAX_LENGTH + " characters");
    }
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      if (!known.contains(name)) {
        throw ApiRefusal.badData("unknown parameter \"" + name + "\", " + choices(known));
      }
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      if (repeatable.contains(name)) {
        repeated.computeIfAbsent(name, first -> new ArrayList<>()).add(value);
      } else if (values.put(name, value) != null) {
        throw ApiRefusal.badData("parameter \"" + name + "\" is given twice");
      }
    }
  }

  private static String choices(Collection<String> known) {
    return known.isEmpty()
        ? "no parameters are allowed"
        : "allowed are " + String.join(", ", known.stream().sorted().toList());
  }

  private static String decoded(String text) throws ApiRefusal {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiRefusal.badData("invalid percent-encoding: " + text);
    }
  }

  /** The value, or the empty string. */
  String text(String name) {
    return values.getOrDefault(name, "");
  }

  /** All values of a repeatable parameter. */
  List<String> all(String name) {
    return repeated.getOrDefault(name, List.of());
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** The value, which must be one of the given words. The first one is the default. */
  String choice(String name, List<String> words) throws ApiRefusal {
    String value = values.getOrDefault(name, words.get(0));
    if (!words.contains(value)) {
      throw ApiRefusal.badData(
          "parameter \""
              + name
              + "\" must be one of "
              + String.join(", ", words)
              + ", not "
              + value);
    }
    return value;
  }

  int number(String name, int min, int max, int otherwise) throws ApiRefusal {
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with numbers out of range.
    }
    throw ApiRefusal.badData(
        "parameter \""
            + name
            + "\" must be a number from "
            + min
            + " to "
            + max
            + ", not "
            + value);
  }
}
