package io.github.pidflow.config;

import com.google.re2j.Pattern;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.config.AccountingSettings.GroupRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Parses a rule such as <code>{ unit = "(.+)\\.service", group = "$1" }</code>. */
final class GroupRuleType {
  private static final String GROUP = "group";
  private static final String ATTRIBUTE_NAMES =
      Stream.of(Attribute.values()).map(ValueTypes::written).collect(Collectors.joining(", "));

  private GroupRuleType() {}

  static Optional<GroupRule> read(SettingValue value) {
    if (!(value.value() instanceof ConfigObject rule)) {
      return value.refuse("a rule such as { comm = \"postgres.*\", group = postgres }");
    }
    List<Attribute> attributes =
        Stream.of(Attribute.values())
            .filter(attribute -> rule.containsKey(ValueTypes.written(attribute)))
            .toList();
    boolean keysKnown = refuseUnknownKeys(value, rule);
    if (attributes.size() != 1) {
      value.problem("must have exactly one of " + ATTRIBUTE_NAMES + ", has " + attributes.size());
    }
    Optional<String> group = child(value, rule, GROUP).flatMap(GroupRuleType::nonEmpty);
    if (!rule.containsKey(GROUP)) {
      value.problem("must have a " + GROUP);
    }
    List<Optional<Pattern>> patterns =
        attributes.stream()
            .map(attribute -> child(value, rule, ValueTypes.written(attribute)))
            .map(child -> child.flatMap(GroupRuleType::pattern))
            .toList();
    if (!keysKnown || group.isEmpty() || patterns.size() != 1 || patterns.get(0).isEmpty()) {
      return Optional.empty();
    }
    return rule(value, attributes.get(0), patterns.get(0).get(), group.get());
  }

  /** Two rules with the same identity match the same processes, so the second has no effect. */
  static List<Object> identity(GroupRule rule) {
    return List.of(rule.attribute(), rule.pattern().regex());
  }

  private static Optional<GroupRule> rule(
      SettingValue value, Attribute attribute, Pattern pattern, String group) {
    try {
      return Optional.of(new GroupRule(attribute, GroupPattern.of(pattern, group)));
    } catch (IllegalArgumentException e) {
      ConfigValue replacement = ((ConfigObject) value.value()).get(GROUP);
      SettingValue child = value.child('.' + GROUP, replacement);
      return child.problem(child.shown() + " does not fit the pattern: " + e.getMessage());
    }
  }

  private static boolean refuseUnknownKeys(SettingValue value, ConfigObject rule) {
    List<String> known = new ArrayList<>(List.of(GROUP));
    Stream.of(Attribute.values()).map(ValueTypes::written).forEach(known::add);
    List<String> unknown = rule.keySet().stream().filter(key -> !known.contains(key)).toList();
    for (String key : unknown) {
      value
          .child('.' + KnownKeys.child("", key), rule.get(key))
          .problem("is not a key of a rule" + Spelling.didYouMean(key, known));
    }
    return unknown.isEmpty();
  }

  private static Optional<SettingValue> child(SettingValue value, ConfigObject rule, String key) {
    return Optional.ofNullable(rule.get(key)).map(child -> value.child('.' + key, child));
  }

  private static Optional<String> nonEmpty(SettingValue value) {
    Optional<String> text = value.string().filter(s -> !s.isEmpty());
    return text.isPresent() ? text : value.refuse("a string that is not empty");
  }

  private static Optional<Pattern> pattern(SettingValue value) {
    try {
      Optional<Pattern> pattern = value.string().map(GroupPattern::compile);
      return pattern.isPresent() ? pattern : value.refuse("a regular expression in quotes");
    } catch (IllegalArgumentException e) {
      return value.refuse("a regular expression in RE2 syntax", ": " + e.getMessage());
    }
  }
}
