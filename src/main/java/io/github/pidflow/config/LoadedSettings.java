package io.github.pidflow.config;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Settings and what each was read as, by its whole key, so that two readings can be compared:
 * {@code 60s} and {@code 1m} are the same.
 */
public record LoadedSettings(Settings settings, SortedMap<String, String> values) {
  public LoadedSettings {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }
}
