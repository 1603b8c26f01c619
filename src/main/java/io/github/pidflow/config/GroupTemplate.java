package io.github.pidflow.config;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The name of a group, in which {@code $1} and <code>${name}</code> stand for what a pattern
 * captured, and a backslash for the character after it. RE2/J has the same in its {@link Matcher},
 * but leaves mistakes such as a lone {@code $} in the name.
 */
final class GroupTemplate {
  /** A text, or the number of a capturing group. */
  private record Piece(String text, int group) {}

  private final List<Piece> pieces = new ArrayList<>();
  private final Map<String, Integer> namedGroups;
  private final int groupCount;
  private final String template;
  private int next;

  /**
   * @throws IllegalArgumentException if it does not fit the pattern; the message says why
   */
  GroupTemplate(String template, Pattern pattern) {
    this.template = template;
    groupCount = pattern.groupCount();
    namedGroups = pattern.namedGroups();
    while (next < template.length()) {
      char c = template.charAt(next++);
      switch (c) {
        case '$' -> pieces.add(new Piece("", reference()));
        case '\\' -> pieces.add(new Piece(String.valueOf(character("character to escape")), 0));
        default -> pieces.add(new Piece(String.valueOf(c), 0));
      }
    }
  }

  private char character(String expected) {
    if (next == template.length()) {
      throw new IllegalArgumentException("its end lacks a " + expected);
    }
    return template.charAt(next++);
  }

  private int reference() {
    char first = character("number or {name}; a $ of its own is \\$");
    if (first == '{') {
      return namedGroup();
    }
    if (!isDigit(first)) {
      throw new IllegalArgumentException(
          "\"$" + first + "\" is no number or {name}; a $ of its own is \\$");
    }
    int number = first - '0';
    if (number > groupCount) {
      throw new IllegalArgumentException("No group " + number);
    }
    while (next < template.length() && isDigit(template.charAt(next))) {
      int longer = number * 10 + template.charAt(next) - '0';
      if (longer > groupCount) {
        break;
      }
      number = longer;
      next++;
    }
    return number;
  }

  private int namedGroup() {
    int end = template.indexOf('}', next);
    if (end < 0) {
      throw new IllegalArgumentException("a } is missing");
    }
    String name = template.substring(next, end);
    Integer number = namedGroups.get(name);
    if (number == null) {
      throw new IllegalArgumentException("No group with name {" + name + "}");
    }
    next = end + 1;
    return number;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** The name for a value that matched. */
  String name(Matcher matched) {
    StringBuilder name = new StringBuilder();
    for (Piece piece : pieces) {
      String text = piece.text.isEmpty() ? matched.group(piece.group) : piece.text;
      name.append(text == null ? "" : text);
    }
    return name.toString();
  }

  @Override
  public String toString() {
    return template;
  }
}
