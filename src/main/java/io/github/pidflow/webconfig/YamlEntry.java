package io.github.pidflow.webconfig;

import io.github.pidflow.runtime.Problems;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A scalar of the file with its position.
 *
 * @param path its keys from the root on, such as {@code tls_server_config.cert_file}
 * @param name the last key
 */
record YamlEntry(String path, String name, int line, String text, Problems problems) {
  /** The booleans of YAML 1.2 and of YAML 1.1, which the toolkit reads. */
  private static final Map<String, Boolean> BOOLEANS =
      Map.of("true", true, "yes", true, "on", true, "false", false, "no", false, "off", false);

  /** The constant with this text. If there is none, the problem lists the valid ones. */
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
