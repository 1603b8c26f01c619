package io.github.pidflow.webconfig;

import io.github.pidflow.runtime.Problems;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One scalar of the file: where it stands and what it says.
 *
 * @param path its keys from the outermost on, as {@code tls_server_config.cert_file}
 * @param name the last of them
 */
record YamlEntry(String path, String name, int line, String text, Problems problems) {
  /** Both what YAML 1.2 calls a boolean and what 1.1, which the toolkit reads, does. */
  private static final Map<String, Boolean> BOOLEANS =
      Map.of("true", true, "yes", true, "on", true, "false", false, "no", false, "off", false);

  /** The constant of this text, or a problem that shows which there are. */
  <T> Optional<T> oneOf(Map<String, T> constants) {
    T constant = constants.get(text);
    return constant == null
        ? refuse("must be one of " + String.join(", ", constants.keySet()) + ", not " + text)
        : Optional.of(constant);
  }

  Optional<Boolean> bool() {
    Boolean bool = BOOLEANS.get(text.toLowerCase(Locale.ROOT));
    return bool == null ? refuse("must be true or false, not " + text) : Optional.of(bool);
  }

  <T> Optional<T> refuse(String problem) {
    problems.add(line, path + ": " + problem);
    return Optional.empty();
  }

  void remark(String text) {
    problems.remark(line, path + ": " + text);
  }
}
