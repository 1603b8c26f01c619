package io.github.pidflow.accounting;

import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The traffic of each group since the daemon started. A group is never removed and never decreases,
 * so their number is bounded: beyond the limit all new names share one group.
 */
final class Groups {
  /** The shared group of the names beyond the limit. */
  static final String OTHER = "(other)";

  private final DaemonCounters counters;
  private GroupNames names;
  private int limit;
  private final Map<String, Counters> groups = new TreeMap<>();

  Groups(AccountingSettings settings, DaemonCounters counters) {
    this.counters = counters;
    apply(settings);
  }

  /** Names groups by other rules from now on. Those there are stay: a counter never leaves. */
  final void apply(AccountingSettings settings) {
    names = new GroupNames(settings);
    limit = settings.maxGroups();
  }

  Counters of(ProcessInfo process) {
    String name = names.group(process);
    boolean room = groups.containsKey(name) || groups.size() < limit;
    if (!room) {
      counters.increment(DaemonCounter.GROUPS_REFUSED);
    }
    return groups.computeIfAbsent(room ? name : OTHER, ignored -> new Counters());
  }

  List<GroupTraffic> snapshot() {
    List<GroupTraffic> snapshot = new ArrayList<>(groups.size());
    groups.forEach((name, counters) -> snapshot.add(new GroupTraffic(name, counters.traffic())));
    return snapshot;
  }
}
