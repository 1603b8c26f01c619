package io.github.pidflow.daemon;

import io.github.pidflow.cli.SettingsOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Parses {@code run} and its options, as systemd and the launchers write them, without picocli. The
 * class files of picocli are in a format too old for the class archive of JDK 17, so that parsing
 * three words with it takes a fifth of the start.
 *
 * <p>Everything else, such as {@code --help} or a mistake, is left to picocli.
 */
final class RunArguments {
  private static final String CONFIG = "--config";
  private static final String WEB_CONFIG = "--web.config.file";

  private RunArguments() {}

  /** The run command, or empty if only picocli can parse the arguments. */
  static Optional<RunCommand> parse(String... arguments) {
    return options(arguments).map(RunCommand::new);
  }

  static Optional<SettingsOption> options(String... arguments) {
    if (arguments.length == 0 || !arguments[0].equals("run")) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 1; i < arguments.length; i++) {
      String name = arguments[i];
      String value = null;
      int equals = name.indexOf('=');
      if (equals >= 0) {
        value = name.substring(equals + 1);
        name = name.substring(0, equals);
      } else if (i + 1 < arguments.length) {
        value = arguments[++i];
      }
      boolean known = name.equals(CONFIG) || name.equals(WEB_CONFIG);
      if (!known || !isPlain(value) || values.put(name, value) != null) {
        return Optional.empty();
      }
    }
    String file = values.get(CONFIG);
    return Optional.of(
        new SettingsOption(file == null ? null : Path.of(file), values.get(WEB_CONFIG)));
  }

  /** Whether a value is neither an option nor has a character special to picocli: @ or a quote. */
  private static boolean isPlain(String value) {
    return value != null
        && !value.isEmpty()
        && value.charAt(0) != '-'
        && value.charAt(0) != '@'
        && value.indexOf('"') < 0;
  }
}
