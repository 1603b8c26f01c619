package io.github.pidflow.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.github.pidflow.runtime.Problems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * Reads settings from environment variables, system properties and command line options. All of
 * them are strings, so a list is written as {@code a, b} or, if it starts with a bracket, in HOCON.
 */
final class Overrides {
  private static final String ENVIRONMENT_PREFIX = "PIDFLOW_";

  /** Variables of the command line and of the launchers. */
  private static final Set<String> NOT_SETTINGS = Set.of("PIDFLOW_CONFIG", "PIDFLOW_JAVA_OPTS");

  private final KnownKeys known;
  private final Problems problems;
  private final Map<String, ConfigValue> values = new HashMap<>();

  private Overrides(KnownKeys known, Problems problems) {
    this.known = known;
    this.problems = problems;
  }

  static Map<String, ConfigValue> fromEnvironment(
      Map<String, String> environment, KnownKeys known, Problems problems) {
    Overrides overrides = new Overrides(known, problems);
    Map<String, String> keys = known.byEnvironmentName();
    List<String> serviceLinks = new ArrayList<>();
    environment.forEach(
        (name, text) -> {
          String place = "environment variable " + name;
          if (keys.containsKey(name)) {
            overrides.put(place, keys.get(name), text);
          } else if (!name.startsWith(ENVIRONMENT_PREFIX) || NOT_SETTINGS.contains(name)) {
            return;
          } else if (ServiceLinks.contains(name, environment)) {
            serviceLinks.add(name);
          } else {
            problems.add(place, "is not a setting" + Spelling.didYouMean(name, keys.keySet()));
          }
        });
    ServiceLinks.remark(serviceLinks).ifPresent(text -> problems.remark("environment", text));
    return overrides.values;
  }

  static Map<String, ConfigValue> fromProperties(
      Properties properties, KnownKeys known, Problems problems) {
    Overrides overrides = new Overrides(known, problems);
    for (String name : properties.stringPropertyNames()) {
      String place = "system property " + name;
      if (known.isSetting(name)) {
        overrides.put(place, name, properties.getProperty(name));
      } else if (name.equals(KnownKeys.ROOT) || name.startsWith(KnownKeys.ROOT + '.')) {
        problems.add(place, known.refusal(name));
      }
    }
    return overrides.values;
  }

  static Map<String, ConfigValue> fromOptions(
      Map<String, String> options, KnownKeys known, Problems problems) {
    Overrides overrides = new Overrides(known, problems);
    options.forEach((key, text) -> overrides.put("command line", key, text));
    return overrides.values;
  }

  private void put(String place, String key, String text) {
    if (known.defaults().get(key).valueType() != ConfigValueType.LIST) {
      values.put(key, ConfigValueFactory.fromAnyRef(text, place));
    } else if (text.strip().startsWith("[")) {
      putHocon(place, key, text);
    } else {
      values.put(key, ConfigValueFactory.fromAnyRef(split(text), place));
    }
  }

  private static List<String> split(String text) {
    return text.isBlank()
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
  }

  private void putHocon(String place, String key, String text) {
    try {
      Config config =
          ConfigFactory.parseString(
                  "list = " + text, ConfigParseOptions.defaults().setOriginDescription(place))
              .resolve();
      if (config.root().size() == 1) {
        values.put(key, config.getList("list"));
        return;
      }
    } catch (ConfigException e) {
      // Its message names lines and keys that the user never wrote.
    }
    problems.add(place, key + ": must be a list in HOCON, such as [\"veth*\", eth0], not " + text);
  }
}
