package io.github.pidflow.config;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings, and the text of each parsed value by its full key. Comparing the texts of two
 * readings shows which settings changed; {@code 60s} and {@code 1m} have the same text.
 */
public record LoadedSettings(Settings settings, SortedMap<String, String> values) {
  public LoadedSettings {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }
}
