package io.github.pidflow.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The types of settings without a unit; {@link UnitTypes} has those with one. */
final class ValueTypes {
  /** 18 digits always fit into a long. */
  private static final Pattern WHOLE_NUMBER = Pattern.compile("[+-]?[0-9]{1,18}");

  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,6})?");
  private static final double MIN_CORES = 0.01;
  private static final double MAX_CORES = 1024;
  private static final Pattern SAMPLING_RATIO = Pattern.compile("1(?:/([0-9]{1,6}))?");

  private static final Pattern INTERFACE_GLOB = Pattern.compile("[^\\s/]+");

  private static final Map<String, Boolean> WORDS =
      Map.of("true", true, "yes", true, "on", true, "false", false, "no", false, "off", false);

  private ValueTypes() {}

  /** A whole number, or a string of digits, since environment variables are strings. */
  static ValueType<Integer> integer(int min, int max) {
    String expected = "a whole number from " + min + " to " + max;
    return value -> {
      Optional<String> digits = value.scalar().filter(s -> WHOLE_NUMBER.matcher(s).matches());
      Optional<Integer> number =
          digits.map(Long::parseLong).filter(n -> n >= min && n <= max).map(Long::intValue);
      return number.isPresent() ? number : value.refuse(expected);
    };
  }

  /** A type that also accepts {@code none}, which reads as empty. */
  static <T> ValueType<Optional<T>> orNone(ValueType<T> type) {
    return value -> {
      if (value.string().filter("none"::equalsIgnoreCase).isPresent()) {
        return Optional.of(Optional.empty());
      }
      Optional<T> read = type.read(value);
      return read.isPresent() ? Optional.of(read) : Optional.empty();
    };
  }

  /** A number of cores, not necessarily whole. */
  static ValueType<Double> cores() {
    return value -> {
      Optional<Double> cores =
          value
              .scalar()
              .filter(s -> DECIMAL.matcher(s).matches())
              .map(Double::parseDouble)
              .filter(n -> n >= MIN_CORES && n <= MAX_CORES);
      return cores.isPresent() ? cores : value.refuse("a number of cores from 0.01 to 1024");
    };
  }

  /** The N of {@code 1/N}; {@code auto} reads as empty. */
  static Optional<OptionalInt> samplingRatio(SettingValue value) {
    Optional<String> text = value.scalar();
    if (text.isPresent() && text.get().equalsIgnoreCase("auto")) {
      return Optional.of(OptionalInt.empty());
    }
    Optional<OptionalInt> ratio =
        text.map(SAMPLING_RATIO::matcher)
            .filter(Matcher::matches)
            .map(m -> m.group(1) == null ? 1 : Integer.parseInt(m.group(1)))
            .filter(n -> n >= 1 && n <= SamplingSettings.MAX_ONE_IN)
            .map(OptionalInt::of);
    return ratio.isPresent()
        ? ratio
        : value.refuse("auto, 1 or 1/N with N up to " + SamplingSettings.MAX_ONE_IN);
  }

  /**
   * A boolean, or one of HOCON's words for one in any letter case: what is a boolean in a file is a
   * string in the environment, and other tools write {@code True}.
   */
  static Optional<Boolean> bool(SettingValue value) {
    Optional<Boolean> read =
        value.value().unwrapped() instanceof Boolean known
            ? Optional.of(known)
            : value.string().map(ValueTypes::written).map(WORDS::get);
    return read.isPresent() ? read : value.refuse("true or false");
  }

  static Optional<String> string(SettingValue value) {
    Optional<String> string = value.string();
    return string.isPresent() ? string : value.refuse("a string in quotes");
  }

  static Optional<Path> absolutePath(SettingValue value) {
    try {
      Optional<Path> path = value.string().map(Path::of).filter(Path::isAbsolute);
      return path.isPresent() ? path : value.refuse("an absolute path");
    } catch (InvalidPathException e) {
      return value.refuse("an absolute path");
    }
  }

  /** A path; the empty string reads as empty. */
  static Optional<Optional<Path>> optionalPath(SettingValue value) {
    Optional<String> text = value.string();
    if (text.isEmpty()) {
      return value.refuse("a path in quotes");
    }
    try {
      return Optional.of(text.filter(path -> !path.isEmpty()).map(Path::of));
    } catch (InvalidPathException e) {
      return value.refuse("a path in quotes");
    }
  }

  /** The name of a network interface, or a shell glob. */
  static Optional<String> interfaceGlob(SettingValue value) {
    Optional<String> name = value.string().filter(s -> INTERFACE_GLOB.matcher(s).matches());
    return name.isPresent() ? name : value.refuse("the name of an interface or a glob of names");
  }

  /** One of several constants, in any letter case. */
  static <T> ValueType<T> oneOf(T[] constants) {
    Map<String, T> byName =
        Arrays.stream(constants).collect(Collectors.toMap(ValueTypes::written, c -> c));
    String names =
        Arrays.stream(constants).map(ValueTypes::written).collect(Collectors.joining(", "));
    return value -> {
      Optional<T> constant = value.string().map(ValueTypes::written).map(byName::get);
      return constant.isPresent() ? constant : value.refuse("one of " + names);
    };
  }

  /** A list in which no two elements have the same identity. */
  static <T> ValueType<List<T>> listOf(ValueType<T> type, Function<T, ?> identity) {
    return value ->
        value.value().valueType() == ConfigValueType.LIST
            ? elements(value, type, identity)
            : value.refuse("a list [ ... ]");
  }

  private static <T> Optional<List<T>> elements(
      SettingValue list, ValueType<T> type, Function<T, ?> identity) {
    List<T> elements = new ArrayList<>();
    Map<Object, Integer> seen = new HashMap<>();
    int index = 0;
    boolean valid = true;
    for (ConfigValue value : (ConfigList) list.value()) {
      SettingValue element = list.child("[" + index + "]", value);
      Optional<T> read = type.read(element);
      Integer earlier = read.isEmpty() ? null : seen.putIfAbsent(identity.apply(read.get()), index);
      if (earlier != null) {
        element.problem("repeats element [" + earlier + "], " + element.shown());
      }
      valid &= read.isPresent() && earlier == null;
      read.ifPresent(elements::add);
      index++;
    }
    return valid ? Optional.of(elements) : Optional.empty();
  }

  /** A constant as users write it. */
  static String written(Object constant) {
    return constant.toString().toLowerCase(Locale.ROOT);
  }
}
