package io.github.pidflow.exposition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The shipped rule files and their promtool tests, as far as other tests inspect them. */
final class RuleFile {
  static final Path FOLDER = Path.of("config", "prometheus");

  private static final Pattern NOT_A_NAME =
      Pattern.compile(
          "\\{(?:\"[^\"]*\"|[^\"}])*\\}" // label matchers
              + "|\"[^\"]*\"" // a string
              + "|\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)"
              + "|\\[[^\\]]*\\]" // a range
              + "|\\boffset\\s+\\w+"
              + "|\\b(?:and|or|unless|bool)\\b"
              + "|\\b[0-9][0-9.e]*\\b"
              + "|\\b[a-z_0-9]+(?=\\s*\\(|\\s+(?:by|without)\\b)"); // a function
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

  private RuleFile() {}

  /** A rule as in its file; {@code kind} is {@code alert} or {@code record}. */
  record Rule(
      String kind,
      String name,
      String expression,
      Map<String, String> labels,
      Map<String, String> annotations) {
    boolean isAlert() {
      return kind.equals("alert");
    }

    /** The metrics in the expression. */
    Set<String> metrics() {
      return RuleFile.metrics(expression);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Whether a promtool test expects an alert at some time, or expects none. */
  record AlertTest(String alert, boolean fires) {}

  static List<Path> rules() {
    return files("rules");
  }

  static List<Path> tests() {
    return files("tests");
  }

  static List<Rule> readRules() {
    return rules().stream()
        .map(RuleFile::read)
        .flatMap(file -> maps(file, "groups"))
        .flatMap(group -> maps(group, "rules"))
        .map(RuleFile::rule)
        .toList();
  }

  static Set<AlertTest> readAlertTests() {
    Set<AlertTest> found = new HashSet<>();
    tests().stream()
        .map(RuleFile::read)
        .flatMap(file -> maps(file, "tests"))
        .flatMap(test -> maps(test, "alert_rule_test"))
        .forEach(
            test ->
                found.add(
                    new AlertTest(
                        test.get("alertname").toString(),
                        maps(test, "exp_alerts").findAny().isPresent())));
    return found;
  }

  static Set<String> metrics(String expression) {
    Set<String> names = new HashSet<>();
    Matcher name = NAME.matcher(NOT_A_NAME.matcher(expression).replaceAll(" "));
    while (name.find()) {
      names.add(name.group());
    }
    return names;
  }

  private static Rule rule(Map<?, ?> rule) {
    String kind = rule.containsKey("alert") ? "alert" : "record";
    return new Rule(
        kind,
        rule.get(kind).toString(),
        rule.get("expr").toString(),
        texts(rule.get("labels")),
        texts(rule.get("annotations")));
  }

  private static Map<String, String> texts(Object map) {
    Map<String, String> texts = new TreeMap<>();
    if (map instanceof Map<?, ?> some) {
      some.forEach((key, value) -> texts.put(key.toString(), value.toString()));
    }
    return texts;
  }

  private static Stream<Map<?, ?>> maps(Map<?, ?> of, String key) {
    Object list = of.get(key);
    return list == null ? Stream.of() : ((List<?>) list).stream().map(one -> (Map<?, ?>) one);
  }

  private static Map<?, ?> read(Path file) {
    try {
      return (Map<?, ?>)
          new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> files(String folder) {
    try (Stream<Path> files = Files.list(FOLDER.resolve(folder))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
