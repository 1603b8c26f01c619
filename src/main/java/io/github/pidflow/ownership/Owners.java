package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.processes.ProcessTable;
import io.github.pidflow.processes.SocketHolders.Holder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The processes that own a socket, or did and still live: those that have counters. */
final class Owners {
  private final ProcessTable processes;
  private final Set<ProcessTable.Entry> entries = new LinkedHashSet<>();
  private List<ProcessInfo> infos = List.of();

  Owners(ProcessTable processes) {
    this.processes = processes;
  }

  SocketOwner of(Holder holder) {
    entries.add(holder.process());
    return SocketOwner.of(holder.process().info(), holder.shared());
  }

  /** Counts a process that was not found by a socket it holds, if it lives. */
  void add(ProcessInfo process) {
    processes.living(process).ifPresent(entries::add);
  }

  List<Integer> pids() {
    return entries.stream().map(ProcessTable.Entry::pid).toList();
  }

  /** Looks again at each: those that ended leave, those that did an exec get a new name. */
  void refresh() {
    entries.removeIf(entry -> processes.identify(entry.pid()).orElse(null) != entry);
  }

  /** Those that were not there when all processes were listed last leave. */
  void retainPresent() {
    entries.removeIf(entry -> !processes.isCurrent(entry));
  }

  /** Who they are; the same list object while nothing changed. */
  List<ProcessInfo> infos() {
    List<ProcessInfo> now = new ArrayList<>(entries.size());
    entries.forEach(entry -> now.add(entry.info()));
    if (!now.equals(infos)) {
      infos = List.copyOf(now);
    }
    return infos;
  }
}
