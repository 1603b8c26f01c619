package io.github.pidflow.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Types of settings with a unit, in HOCON notation: {@code 500ms}, {@code 8MiB}. */
final class UnitTypes {
  private static final Pattern BARE_NUMBER = Pattern.compile("\\s*[+-]?[0-9.]+\\s*");
  private static final String VALUE = "value";

  private UnitTypes() {}

  /** Error messages repeat the bounds as they are given here. */
  static ValueType<Duration> duration(String min, String max) {
    Duration least = duration(min);
    Duration most = duration(max);
    String expected = "a duration from " + min + " to " + max;
    return value -> {
      if (value.scalar().filter(s -> BARE_NUMBER.matcher(s).matches()).isPresent()) {
        // HOCON would read milliseconds, which is rarely what the user meant.
        return value.refuse(expected, ": add a unit, such as 500ms, 10s or 5m");
      }
      Optional<Duration> duration =
          parsed(() -> value.value().atKey(VALUE).getDuration(VALUE))
              .filter(d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0);
      return duration.isPresent() ? duration : value.refuse(expected);
    };
  }

  /** A number of bytes that fits an int. */
  static ValueType<Integer> size(String min, String max) {
    return asInt(size("a size", min, max, bytes -> true));
  }

  static ValueType<Integer> powerOfTwo(String min, String max) {
    return asInt(size("a power of two", min, max, bytes -> bytes.bitCount() == 1));
  }

  static ValueType<Long> longSize(String min, String max) {
    return size("a size", min, max, bytes -> true);
  }

  private static ValueType<Integer> asInt(ValueType<Long> size) {
    return value -> size.read(value).map(Math::toIntExact);
  }

  private static ValueType<Long> size(
      String what, String min, String max, Predicate<BigInteger> accepted) {
    BigInteger least = bytes(atValue(min));
    BigInteger most = bytes(atValue(max));
    String expected = what + " from " + min + " to " + max;
    return value -> {
      Optional<Long> size =
          parsed(() -> bytes(value.value().atKey(VALUE)))
              .filter(b -> b.compareTo(least) >= 0 && b.compareTo(most) <= 0)
              .filter(accepted)
              .map(BigInteger::longValueExact);
      return size.isPresent() ? size : value.refuse(expected);
    };
  }

  private static Duration duration(String text) {
    return atValue(text).getDuration(VALUE);
  }

  private static BigInteger bytes(Config config) {
    return config.getMemorySize(VALUE).toBytesBigInteger();
  }

  private static Config atValue(String text) {
    return ConfigValueFactory.fromAnyRef(text).atKey(VALUE);
  }

  private static <T> Optional<T> parsed(Supplier<T> parser) {
    try {
      return Optional.of(parser.get());
    } catch (ConfigException | IllegalArgumentException e) {
      // The library throws the second for a negative size.
      return Optional.empty();
    }
  }
}
