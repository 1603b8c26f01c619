package io.github.pidflow.config;

import java.util.Optional;

/** Turns a HOCON value into a Java one, or says what it must be and gives nothing. */
@FunctionalInterface
interface ValueType<T> {
  Optional<T> read(SettingValue value);
}
