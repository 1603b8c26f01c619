package io.github.pidflow.config;

import com.google.re2j.PatternSyntaxException;
import java.util.Map;
import java.util.Optional;

/** What to write instead of what Java's regular expressions have and RE2's do not. */
final class Re2Advice {
  private static final String NO_LOOKAROUND =
      "RE2 has no lookahead or lookbehind; let an earlier rule take the values that must not match";

  private static final Map<Character, String> ESCAPES =
      Map.of(
          'h', "[ \\t]",
          'R', "(?:\\r?\\n)",
          'Z', "\\z",
          'e', "\\x1b",
          'H', "[^ \\t]",
          'V', "[^\\n\\v\\f\\r]",
          'N', "[^\\n]",
          'u', "\\x{0041} for \\u0041",
          'X', ".",
          'G', "nothing, since the whole value must match");

  private Re2Advice() {}

  static String of(PatternSyntaxException e) {
    // What RE2/J calls the pattern is the part of it that is wrong.
    String part = e.getPattern();
    String advice = advice(part);
    if (!advice.isEmpty()) {
      return advice;
    }
    return switch (e.getDescription()) {
      case "regexp/syntax: internal error" -> "a ( is missing before a )";
      case "missing closing )" -> "a ) is missing";
      case "invalid nested repetition operator" -> "a repetition is repeated: " + part;
      default -> e.getDescription() + (part.isEmpty() ? "" : ": " + part);
    };
  }

  private static String advice(String part) {
    for (String around : new String[] {"(?=", "(?!", "(?<=", "(?<!"}) {
      if (part.startsWith(around)) {
        return NO_LOOKAROUND;
      }
    }
    if (part.startsWith("(?>")) {
      return "RE2 has no atomic groups, since it never backtracks; write (?: for (?>";
    }
    if (part.startsWith("(?") && !part.startsWith("(?<") && !part.startsWith("(?P")) {
      return "RE2 has the flags i, m, s and U only, not those of " + part;
    }
    if (part.matches("[*+?}]\\+|\\{[0-9,]+}\\+")) {
      String greedy = part.substring(0, part.length() - 1);
      return "RE2 has no possessive quantifiers, since it never backtracks; write "
          + greedy
          + " for "
          + part;
    }
    if (part.matches("\\\\[1-9k]")) {
      return "RE2 has no backreferences; write a rule for each value, or match more and capture"
          + " what names the group";
    }
    if (part.startsWith("\\p{") || part.startsWith("\\P{")) {
      return "RE2 has no class " + part + "; it has such as \\pL, \\p{Greek} and [[:lower:]]";
    }
    if (part.length() == 2 && part.charAt(0) == '\\' && ESCAPES.containsKey(part.charAt(1))) {
      return "RE2 has no " + part + "; write " + ESCAPES.get(part.charAt(1));
    }
    return "";
  }

  /**
   * What Java and RE2 both accept with different meanings: {@code [a-z&&[^b]]}, which is a class of
   * its own to RE2, and {@code \b{g}}.
   */
  static Optional<String> otherMeaning(String regex) {
    boolean quoted = false;
    boolean inClass = false;
    for (int i = 0; i < regex.length(); i++) {
      if (quoted) {
        quoted = !regex.startsWith("\\E", i);
      } else if (regex.startsWith("\\Q", i)) {
        quoted = true;
        i++;
      } else if (regex.startsWith("\\b{", i)) {
        return Optional.of("RE2 has no \\b{...}; write \\b");
      } else if (regex.charAt(i) == '\\') {
        i++;
      } else if (!inClass) {
        inClass = regex.charAt(i) == '[';
        // A ] at the beginning is one of the characters.
        i += inClass && regex.startsWith("^]", i + 1) ? 2 : 0;
        i += inClass && regex.startsWith("]", i + 1) ? 1 : 0;
      } else if (regex.startsWith("[:", i) && regex.indexOf(":]", i) > 0) {
        i = regex.indexOf(":]", i) + 1;
      } else if (regex.charAt(i) == '[') {
        return Optional.of("RE2 has no class in a class; write one for all, and \\[ for a bracket");
      } else if (regex.startsWith("&&", i)) {
        return Optional.of(
            "RE2 has no && in a class; write the characters that are left, and & once for itself");
      } else {
        inClass = regex.charAt(i) != ']';
      }
    }
    return Optional.empty();
  }
}
