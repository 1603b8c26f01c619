package io.github.pidflow.config;

/** The settings below one key. */
record Section(String path, SettingValues values) {

  Section section(String name) {
    return new Section(path + '.' + name, values);
  }

  /** The value of a setting, or its default if the value is invalid, which is reported. */
  <T> T read(String name, ValueType<T> type) {
    return values.read(path + '.' + name, type);
  }

  /** Reports a broken rule between settings, unless one of them is invalid by itself. */
  void rule(boolean holds, String text, String... names) {
    if (!holds) {
      values.refuse(path, text, names);
    }
  }
}
