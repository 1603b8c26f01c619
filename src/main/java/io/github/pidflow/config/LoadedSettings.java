package io.github.pidflow.config;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings, and the text of each parsed value by its full key. Comparing the texts of two
 * readings shows which settings changed; {@code 60s} and {@code 1m} have the same text.
 *
 * @param remarks what was ignored, to be logged
 */
public record LoadedSettings(
    Settings settings, SortedMap<String, String> values, List<String> remarks) {
  public LoadedSettings {
    remarks = List.copyOf(remarks);
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }
}
