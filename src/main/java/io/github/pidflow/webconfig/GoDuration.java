package io.github.pidflow.webconfig;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses durations in the syntax of Go: {@code 1m30s}, {@code 1.5h}, or bare nanoseconds. */
final class GoDuration {
  private static final Map<String, Long> UNITS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private static final Pattern BARE = Pattern.compile("[0-9]{1,18}");
  private static final Pattern PART =
      Pattern.compile("\\G([0-9]{1,9}(?:\\.[0-9]{0,9})?)(ns|us|µs|ms|s|m|h)");

  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private GoDuration() {}

  static Optional<Long> nanos(String text) {
    if (BARE.matcher(text).matches()) {
      return Optional.of(Long.parseLong(text));
    }
    BigDecimal nanos = BigDecimal.ZERO;
    int end = 0;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      BigDecimal unit = BigDecimal.valueOf(UNITS.get(part.group(2)));
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
      end = part.end();
    }
    return end == 0 || end < text.length() || nanos.compareTo(MAX) > 0
        ? Optional.empty()
        : Optional.of(nanos.longValue());
  }
}
