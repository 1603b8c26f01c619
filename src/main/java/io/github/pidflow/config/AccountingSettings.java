package io.github.pidflow.config;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Section {@code pidflow.accounting}.
 *
 * @param parkedMaxCount flows that may wait for their owner at one time
 * @param parkedMaxAge how long one may wait
 * @param retention how long the series of an ended process stay
 * @param maxProcesses processes with series of their own; beyond it the quietest share one
 * @param maxGroups groups with series of their own; beyond it they share one
 * @param groupRules the first rule that matches names the group
 * @param groupDefault names the group where no rule matches
 */
public record AccountingSettings(
    int parkedMaxCount,
    Duration parkedMaxAge,
    Duration retention,
    int maxProcesses,
    int maxGroups,
    List<GroupRule> groupRules,
    Attribute groupDefault) {

  public AccountingSettings {
    groupRules = List.copyOf(groupRules);
  }

  /** What of a process a rule can look at. */
  public enum Attribute {
    COMM,
    EXE,
    USER,
    UNIT,
    CONTAINER
  }

  /**
   * One rule: if the whole {@code attribute} matches {@code pattern}, the group is {@code group}
   * with {@code $1}, {@code ${name}} replaced as in {@link java.util.regex.Matcher#replaceAll}.
   */
  public record GroupRule(Attribute attribute, Pattern pattern, String group) {}
}
