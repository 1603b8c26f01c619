package io.github.pidflow.capture;

import io.github.pidflow.host.NetworkInterface;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which interfaces are captured on: names or shell globs to include, and stronger ones to exclude.
 */
public final class InterfaceSelection {
  private final List<Pattern> include;
  private final List<Pattern> exclude;

  public InterfaceSelection(List<String> include, List<String> exclude) {
    this.include = include.stream().map(InterfaceSelection::glob).toList();
    this.exclude = exclude.stream().map(InterfaceSelection::glob).toList();
  }

  /** Whether only interfaces named are captured on, so that one not known yet is not. */
  boolean isExclusive() {
    return !include.isEmpty();
  }

  /** Whether no interface, known or to come, is left out. */
  boolean isEverything() {
    return include.isEmpty() && exclude.isEmpty();
  }

  public boolean selects(NetworkInterface candidate) {
    return (include.isEmpty() || matches(include, candidate.name()))
        && !matches(exclude, candidate.name());
  }

  private static boolean matches(List<Pattern> patterns, String name) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }

  private static Pattern glob(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      regex.append(
          switch (c) {
            case '*' -> ".*";
            case '?' -> ".";
            default -> Pattern.quote(String.valueOf(c));
          });
    }
    return Pattern.compile(regex.toString());
  }
}
