package io.github.pidflow.accounting;

import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.config.AccountingSettings.GroupRule;
import io.github.pidflow.config.GroupPattern;
import io.github.pidflow.flow.ProcessInfo;
import java.util.List;
import java.util.Optional;

/** Names a process's group: by the first rule that matches, or else by one attribute. */
final class GroupNames {
  private final List<GroupRule> rules;
  private final Attribute fallback;

  GroupNames(AccountingSettings settings) {
    rules = settings.groupRules();
    fallback = settings.groupDefault();
  }

  String group(ProcessInfo process) {
    for (GroupRule rule : rules) {
      Optional<String> group = rule.pattern().group(value(rule.attribute(), process));
      if (group.isPresent()) {
        return group.get();
      }
    }
    return GroupPattern.truncated(value(fallback, process));
  }

  private static String value(Attribute attribute, ProcessInfo process) {
    return switch (attribute) {
      case COMM -> process.comm();
      case EXE -> process.exe();
      case USER -> process.user();
      case UNIT -> UnitGroup.of(process.unit());
      case CONTAINER -> process.containerId();
    };
  }
}
