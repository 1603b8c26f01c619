package io.github.pidflow.config;

import com.typesafe.config.ConfigValue;
import io.github.pidflow.runtime.Problems;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The value of every setting with the highest precedence. It records which were read and which were
 * invalid. An invalid value reads as its default, so that reading continues and finds the other
 * problems.
 */
final class SettingValues {
  private final Map<String, ConfigValue> defaults;
  private final Map<String, ConfigValue> values;
  private final Problems problems;
  private final SortedMap<String, String> read = new TreeMap<>();
  private final Set<String> invalid = new HashSet<>();

  SettingValues(
      Map<String, ConfigValue> defaults, Map<String, ConfigValue> values, Problems problems) {
    this.defaults = defaults;
    this.values = values;
    this.problems = problems;
  }

  Section root() {
    return new Section(KnownKeys.ROOT, this);
  }

  /** The text of each parsed value; equal values have equal texts. */
  SortedMap<String, String> readValues() {
    return Collections.unmodifiableSortedMap(read);
  }

  <T> T read(String key, ValueType<T> type) {
    if (!defaults.containsKey(key)) {
      throw new IllegalStateException(key + " is not in reference.conf");
    }
    Optional<T> result = type.read(value(key));
    read.put(key, result.map(Object::toString).orElse(""));
    if (result.isPresent()) {
      return result.get();
    }
    invalid.add(key);
    return type.read(new SettingValue(key, defaults.get(key), problems))
        .orElseThrow(() -> new IllegalStateException("reference.conf has a bad " + key));
  }

  /** Reports a broken rule between settings, at the place of the first non-default one. */
  void refuse(String section, String text, String... names) {
    List<String> keys = Stream.of(names).map(name -> section + '.' + name).toList();
    if (keys.stream().anyMatch(invalid::contains)) {
      return;
    }
    String key =
        keys.stream()
            .filter(candidate -> !values.get(candidate).equals(defaults.get(candidate)))
            .findFirst()
            .orElse(keys.get(0));
    String shown =
        Stream.of(names)
            .map(name -> name + " = " + value(section + '.' + name).shown())
            .collect(Collectors.joining(", "));
    value(key).problem(text + " (" + shown + ")");
  }

  private SettingValue value(String key) {
    return new SettingValue(key, values.get(key), problems);
  }
}
