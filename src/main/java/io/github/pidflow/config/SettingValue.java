package io.github.pidflow.config;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.github.pidflow.runtime.Problems;
import java.util.Optional;

/** A value that is being parsed, with its key and the collector for its problems. */
record SettingValue(String key, ConfigValue value, Problems problems) {
  private static final int MAX_SHOWN_LENGTH = 80;
  private static final int UNNUMBERED = -1;

  /** The text of a string or a number; empty for other types. */
  Optional<String> scalar() {
    ConfigValueType type = value.valueType();
    return type == ConfigValueType.STRING || type == ConfigValueType.NUMBER
        ? Optional.of(String.valueOf(value.unwrapped()))
        : Optional.empty();
  }

  /** The text of a string; empty for other types. */
  Optional<String> string() {
    return value.valueType() == ConfigValueType.STRING ? scalar() : Optional.empty();
  }

  SettingValue child(String suffix, ConfigValue child) {
    return new SettingValue(key + suffix, child, problems);
  }

  <T> Optional<T> refuse(String expected) {
    return refuse(expected, "");
  }

  /** Reports what the value must be and what it is; {@code advice} ends the sentence. */
  <T> Optional<T> refuse(String expected, String advice) {
    return problem("must be " + expected + ", not " + shown() + advice);
  }

  <T> Optional<T> problem(String text) {
    report(problems, value.origin(), key + ": " + text);
    return Optional.empty();
  }

  /** Adds a problem at the place a value comes from. Only a file has line numbers worth naming. */
  static void report(Problems problems, ConfigOrigin origin, String text) {
    if (origin.filename() == null) {
      problems.add(origin.withLineNumber(UNNUMBERED).description(), text);
    } else {
      problems.add(origin.filename(), origin.lineNumber(), text);
    }
  }

  /** The value as the user might have written it; long values are truncated. */
  String shown() {
    String text = value.render(ConfigRenderOptions.concise());
    return text.length() <= MAX_SHOWN_LENGTH ? text : text.substring(0, MAX_SHOWN_LENGTH) + "...";
  }
}
