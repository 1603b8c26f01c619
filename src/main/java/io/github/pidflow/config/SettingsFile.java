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
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The user's file as one flat map of settings; what in it is no setting is a problem. */
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

  /** Its settings by whole key; none if the file cannot be read, which is one problem. */
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
      problems.add(file.toString(), "is nested too deeply: brackets must pair");
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
    // The defaults below it let a substitution name any setting, ${pidflow.web.listen-address}.
    return config
        .withFallback(known.reference())
        .resolve(
            ConfigResolveOptions.noSystem().appendResolver(new EnvironmentResolver(environment)));
  }

  /** HOCON's parser would put U+FFFD in place of what it cannot decode, and say nothing. */
  private void requireUtf8() throws IOException {
    try {
      Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IOException("it is not UTF-8 text", e);
    }
  }

  private void collect(String section, ConfigObject object) {
    object.forEach(
        (name, value) -> {
          String key = KnownKeys.child(section, name);
          if (known.isSetting(key)) {
            values.put(key, placed(value));
          } else if (known.isSection(key) && value instanceof ConfigObject inner) {
            collect(key, inner);
          } else {
            SettingValue.report(problems, value.origin(), key + ": " + known.refusal(key));
          }
        });
  }

  /** What a substitution made comes from elsewhere to the parser, but from here to the user. */
  private ConfigValue placed(ConfigValue value) {
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
    // The parser goes on to suggest another file format, of which there is none here.
    int suggestion = text.indexOf(" (if you intended");
    text = suggestion < 0 ? text : text.substring(0, suggestion);
    SettingValue.report(problems, e.origin(), text.strip() + advice(e));
  }

  /** Says what is wrong with the file itself, better than the exception of the parser does. */
  private boolean isReadableFile() {
    String place = file.toString();
    if (Files.isDirectory(file)) {
      problems.add(place, "is a directory: name the file in it");
    } else if (Files.notExists(file)) {
      problems.add(place, "does not exist: create it, or start without naming a file");
    } else if (!Files.isReadable(file)) {
      problems.add(place, "is not readable by this user: mend its owner or mode");
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
      return "; text with any of : [ ] { } , = + # $ \\ * needs \"quotes\", and brackets must pair";
    }
    return "";
  }

  /** Gives ${NAME} the value of an environment variable, as HOCON asks for. */
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
