package io.github.pidflow.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The keys of all settings and their defaults, read from {@code reference.conf} in this jar. There
 * is no other list of keys.
 */
final class KnownKeys {
  static final String ROOT = "pidflow";

  private final Config reference;
  private final SortedMap<String, ConfigValue> defaults = new TreeMap<>();
  private final Set<String> sections = new HashSet<>();

  private KnownKeys(Config reference) {
    this.reference = reference;
    collect("", reference.root());
  }

  static KnownKeys load() {
    try (InputStream stream = KnownKeys.class.getResourceAsStream("/reference.conf")) {
      if (stream == null) {
        throw new IllegalStateException("reference.conf is not in the jar");
      }
      return new KnownKeys(
          ConfigFactory.parseReader(
              new InputStreamReader(stream, StandardCharsets.UTF_8),
              ConfigParseOptions.defaults().setOriginDescription("reference.conf")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Config reference() {
    return reference;
  }

  /** The default of every setting, by its full key. */
  SortedMap<String, ConfigValue> defaults() {
    return Collections.unmodifiableSortedMap(defaults);
  }

  boolean isSetting(String key) {
    return defaults.containsKey(key);
  }

  boolean isSection(String key) {
    return sections.contains(key);
  }

  /** The key of every setting, by the environment variable that sets it. */
  Map<String, String> byEnvironmentName() {
    return defaults.keySet().stream()
        .collect(Collectors.toMap(KnownKeys::environmentName, key -> key));
  }

  /** Explains why a key is not a setting, and suggests the nearest known key. */
  String refusal(String key) {
    if (isSection(key)) {
      return "is a section { ... } of settings";
    }
    String text =
        key.startsWith(ROOT + '.')
            ? "is not a setting"
            : "is not a setting: all settings are below " + ROOT;
    Set<String> known = new HashSet<>(sections);
    known.addAll(defaults.keySet());
    return text + Spelling.didYouMean(key, known);
  }

  /** The key of {@code name} in a section; section "" is the root of the file. */
  static String child(String section, String name) {
    String quoted = ConfigUtil.joinPath(name);
    return section.isEmpty() ? quoted : section + '.' + quoted;
  }

  private static String environmentName(String key) {
    return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private void collect(String section, ConfigObject object) {
    object.forEach(
        (name, value) -> {
          String key = child(section, name);
          if (value instanceof ConfigObject inner) {
            sections.add(key);
            collect(key, inner);
          } else {
            defaults.put(key, value);
          }
        });
  }
}
