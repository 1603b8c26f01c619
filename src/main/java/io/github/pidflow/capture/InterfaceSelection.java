package io.github.pidflow.capture;

import io.github.pidflow.host.NetworkInterface;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Selects the interfaces to capture on, by names or shell globs. Exclusion takes precedence over
 * inclusion.
 */
public final class InterfaceSelection {
  private final List<Pattern> include;
  private final List<Pattern> exclude;

  public InterfaceSelection(List<String> include, List<String> exclude) {
    this.include = include.stream().map(InterfaceSelection::glob).toList();
    this.exclude = exclude.stream().map(InterfaceSelection::glob).toList();
  }

  /** Whether interfaces must be named to be captured on, so that an unknown one is not. */
  boolean requiresInclusion() {
    return !include.isEmpty();
  }

  /** Whether every interface is selected, including future ones. */
  boolean selectsAll() {
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
