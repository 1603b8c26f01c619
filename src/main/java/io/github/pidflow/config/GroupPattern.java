package io.github.pidflow.config;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Optional;

/**
 * A regular expression for the whole value of a process's attribute, with the name of the group of
 * those that match.
 *
 * <p>A process chooses its own name and path. Java's own expressions backtrack, for minutes or
 * until the stack overflows, on a value made for it; those of RE2 take a time proportional to the
 * length of the value. It and the size of the compiled expression are bounded, so each match is.
 */
public final class GroupPattern {
  /** Longer values are truncated. Few paths are as long as this. */
  public static final int MAX_VALUE_LENGTH = 512;

  private static final String TRUNCATED = "…";

  /** RE2/J recurses over the instructions of a compiled expression. */
  private static final int MAX_INSTRUCTIONS = 500;

  /** RE2/J recurses over the nesting of an expression, which cannot exceed its length. */
  private static final int MAX_LENGTH = 500;

  private final Pattern pattern;
  private final GroupTemplate group;

  private GroupPattern(Pattern pattern, GroupTemplate group) {
    this.pattern = pattern;
    this.group = group;
  }

  /**
   * @throws IllegalArgumentException if the group does not fit the pattern
   */
  static GroupPattern of(Pattern pattern, String group) {
    return new GroupPattern(pattern, new GroupTemplate(group, pattern));
  }

  /**
   * The pattern of a rule.
   *
   * @throws IllegalArgumentException if one of the two is malformed
   */
  public static GroupPattern compile(String regex, String group) {
    return of(compile(regex), group);
  }

  /**
   * Compiles an expression.
   *
   * @throws IllegalArgumentException if it is malformed or too large; the message says how to mend
   *     it
   */
  static Pattern compile(String regex) {
    if (regex.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("it has more than " + MAX_LENGTH + " characters");
    }
    Re2Advice.otherMeaning(regex)
        .ifPresent(
            advice -> {
              throw new IllegalArgumentException(advice);
            });
    try {
      // A comm may hold a newline, and ".*" is to match it too.
      Pattern pattern = Pattern.compile(regex, Pattern.DOTALL);
      if (pattern.programSize() <= MAX_INSTRUCTIONS) {
        return pattern;
      }
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(Re2Advice.of(e), e);
    } catch (StackOverflowError e) {
      // It is too large, as below.
    }
    throw new IllegalArgumentException(
        "it is too large; repetitions such as {1000}, one in another, count as often as they"
            + " repeat");
  }

  String regex() {
    return pattern.pattern();
  }

  /** Settings are compared by their text. */
  @Override
  public String toString() {
    return pattern.pattern() + " = " + group;
  }

  /** The name of a value's group; empty if the value does not match. */
  public Optional<String> group(String value) {
    Matcher matcher = pattern.matcher(truncated(value));
    return matcher.matches() ? Optional.of(group.name(matcher)) : Optional.empty();
  }

  /** A value with no more characters than a pattern is applied to, and a group's name has. */
  public static String truncated(String value) {
    if (value.length() <= MAX_VALUE_LENGTH) {
      return value;
    }
    int end = MAX_VALUE_LENGTH - TRUNCATED.length();
    // Not between the halves of one character.
    end = Character.isHighSurrogate(value.charAt(end - 1)) ? end - 1 : end;
    return value.substring(0, end) + TRUNCATED;
  }
}
