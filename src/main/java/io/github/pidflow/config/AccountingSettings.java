package io.github.pidflow.config;

import java.time.Duration;
import java.util.List;

/**
 * Section {@code pidflow.accounting}.
 *
 * @param parkedMaxCount the most flows that wait for their owner at a time
 * @param parkedMaxAge the longest time a flow waits
 * @param retention how long the series of an ended process are kept
 * @param maxProcesses the most processes with series of their own; beyond it those with the least
 *     traffic share one
 * @param maxGroups the most groups with series of their own; beyond it groups share one
 * @param groupRules rules that name the group of a process; the first that matches applies
 * @param groupDefault the attribute that names the group if no rule matches
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

  /** A process attribute that a rule can match. */
  public enum Attribute {
    COMM,
    EXE,
    USER,
    UNIT,
    CONTAINER
  }

  /** A rule: it names the group of the processes whose attribute its pattern matches. */
  public record GroupRule(Attribute attribute, GroupPattern pattern) {}
}
