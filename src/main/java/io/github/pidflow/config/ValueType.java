package io.github.pidflow.config;

import java.util.Optional;

/** Parses a HOCON value. An invalid one is reported and yields an empty result. */
@FunctionalInterface
interface ValueType<T> {
  Optional<T> read(SettingValue value);
}
