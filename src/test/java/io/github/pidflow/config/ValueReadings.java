package io.github.pidflow.config;

import com.typesafe.config.ConfigFactory;
import io.github.pidflow.runtime.Problems;
import java.util.List;
import java.util.Optional;

/** Reads one HOCON value with one type, for the tests of types. */
final class ValueReadings {
  private ValueReadings() {}

  static <T> Optional<T> read(ValueType<T> type, String hocon) {
    return type.read(value(hocon, new Problems("settings")));
  }

  static <T> List<String> problems(ValueType<T> type, String hocon) {
    Problems problems = new Problems("settings");
    if (type.read(value(hocon, problems)).isPresent()) {
      throw new AssertionError(hocon + " was taken");
    }
    return problems.lines().stream().map(line -> line.substring("String: ".length())).toList();
  }

  private static SettingValue value(String hocon, Problems problems) {
    return new SettingValue("x", ConfigFactory.parseString("x = " + hocon).getValue("x"), problems);
  }
}
