package io.github.pidflow.config;

/** The settings under one key, so that a reader names them as the user's file does. */
record Section(String path, SettingValues values) {

  Section section(String name) {
    return new Section(path + '.' + name, values);
  }

  /** The value of a setting, or its default once the value has been refused. */
  <T> T read(String name, ValueType<T> type) {
    return values.read(path + '.' + name, type);
  }

  /** A rule between settings of this section, looked at only if each of them is right by itself. */
  void rule(boolean holds, String text, String... names) {
    if (!holds) {
      values.refuse(path, text, names);
    }
  }
}
