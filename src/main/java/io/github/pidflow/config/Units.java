package io.github.pidflow.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Parses durations and sizes in the notation of the settings, such as {@code 5m} and {@code
 * 100MiB}, for command line options and the API.
 */
public final class Units {
  private static final Pattern DURATION =
      Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,3})?(ns|us|ms|[smhd])");
  private static final Pattern SIZE = Pattern.compile("[0-9]{1,15}(\\.[0-9]{1,3})?([KMGT]i?B?|B)?");
  private static final String VALUE = "value";

  private Units() {}

  /** Parses a duration with a unit; empty if it is not one. */
  public static Optional<Duration> duration(String text) {
    if (!DURATION.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ConfigValueFactory.fromAnyRef(text).atKey(VALUE).getDuration(VALUE));
    } catch (ConfigException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** Parses a size with or without a unit; empty if it is not one. */
  public static Optional<Long> bytes(String text) {
    if (!SIZE.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          ConfigValueFactory.fromAnyRef(text)
              .atKey(VALUE)
              .getMemorySize(VALUE)
              .toBytesBigInteger()
              .longValueExact());
    } catch (ConfigException | ArithmeticException e) {
      return Optional.empty();
    }
  }
}
