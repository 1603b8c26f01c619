package io.github.pidflow.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.github.pidflow.runtime.Problems;
import io.github.pidflow.runtime.RegularFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Reads the user's file as a flat map of settings. Any other key is reported as a problem. */
final class SettingsFile {
  private final Path file;
  private final KnownKeys known;
  private final Problems problems;
  private final Map<String, ConfigValue> values = new HashMap<>();

  private SettingsFile(Path file, KnownKeys known, Problems problems) {
    this.file = file;
    this.known = known;
    this.problems = problems;
  }

  /** Reads the settings by their full keys. An unreadable file is a single problem. */
  static Map<String, ConfigValue> read(
      Path file, Map<String, String> environment, KnownKeys known, Problems problems) {
    SettingsFile reading = new SettingsFile(file, known, problems);
    try {
      reading.collect("", reading.parse(environment).root());
    } catch (ConfigException e) {
      reading.refuse(e);
    } catch (IOException e) {
      problems.add(file.toString(), "cannot be read: " + e);
    } catch (StackOverflowError e) {
      problems.add(file.toString(), "is nested too deeply: check that brackets are balanced");
    }
    return reading.values;
  }

  private Config parse(Map<String, String> environment) throws IOException {
    if (Files.isRegularFile(file) && Files.isReadable(file)) {
      requireUtf8();
    }
    Config config =
        ConfigFactory.parseFile(
            file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    // With the defaults as a fallback a substitution can name any setting.
    return config
        .withFallback(known.reference())
        .resolve(
            ConfigResolveOptions.noSystem().appendResolver(new EnvironmentResolver(environment)));
  }

  /** The HOCON parser silently replaces invalid bytes with U+FFFD. */
  private void requireUtf8() throws IOException {
    try {
      RegularFile.read(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new IOException("not UTF-8 text", e);
    }
  }

  private void collect(String section, ConfigObject object) {
    object.forEach(
        (name, value) -> {
          String key = KnownKeys.child(section, name);
          if (known.isSetting(key)) {
            values.put(key, withFileOrigin(value));
          } else if (known.isSection(key) && value instanceof ConfigObject inner) {
            collect(key, inner);
          } else {
            SettingValue.report(problems, value.origin(), key + ": " + known.refusal(key));
          }
        });
  }

  /** Names this file as the origin of a substituted value, which the parser places elsewhere. */
  private ConfigValue withFileOrigin(ConfigValue value) {
    return value.origin().filename() == null
        ? value.withOrigin(ConfigOriginFactory.newFile(file.toString()))
        : value;
  }

  private void refuse(ConfigException e) {
    if (e instanceof ConfigException.IO && !isReadableFile()) {
      return;
    }
    if (e instanceof ConfigException.IO || e.origin() == null) {
      problems.add(file.toString(), "cannot be read: " + e.getMessage());
      return;
    }
    String text = e.getMessage();
    String prefix = e.origin().description() + ": ";
    text = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    // The parser goes on to suggest another file format, which does not apply here.
    int suggestion = text.indexOf(" (if you intended");
    text = suggestion < 0 ? text : text.substring(0, suggestion);
    SettingValue.report(problems, e.origin(), text.strip() + advice(e));
  }

  /** Reports why the file cannot be read, more precisely than the exception of the parser. */
  private boolean isReadableFile() {
    String place = file.toString();
    if (Files.isDirectory(file)) {
      problems.add(place, "is a directory: name a file in it");
    } else if (Files.notExists(file)) {
      problems.add(place, "does not exist: create it, or start without a settings file");
    } else if (!Files.isReadable(file)) {
      problems.add(place, "is not readable by this user: change its owner or mode");
    } else {
      return true;
    }
    return false;
  }

  private static String advice(ConfigException e) {
    if (e instanceof ConfigException.UnresolvedSubstitution) {
      return "; set it in the environment, or write ${?...} if it may be absent";
    }
    if (e instanceof ConfigException.Parse) {
      return "; put text with any of : [ ] { } , = + # $ \\ * in \"quotes\", and balance brackets";
    }
    return "";
  }

  /** Resolves ${NAME} to the value of an environment variable, as HOCON specifies. */
  private record EnvironmentResolver(Map<String, String> environment) implements ConfigResolver {
    @Override
    public ConfigValue lookup(String path) {
      String value = environment.get(path);
      return value == null
          ? null
          : ConfigValueFactory.fromAnyRef(value, "environment variable " + path);
    }

    @Override
    public ConfigResolver withFallback(ConfigResolver fallback) {
      return this;
    }
  }
}
