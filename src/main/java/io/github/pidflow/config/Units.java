package io.github.pidflow.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Durations and sizes outside of settings, in the settings' spelling: {@code 5m}, {@code 100MiB}.
 */
public final class Units {
  private static final Pattern DURATION =
      Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,3})?(ns|us|ms|[smhd])");
  private static final Pattern SIZE = Pattern.compile("[0-9]{1,15}(\\.[0-9]{1,3})?([KMGT]i?B?|B)?");
  private static final String VALUE = "value";

  private Units() {}

  /** A duration with its unit, empty for what is none. */
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

  /** A number of bytes, with a unit or without, empty for what is none. */
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
