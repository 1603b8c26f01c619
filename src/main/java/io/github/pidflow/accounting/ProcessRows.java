package io.github.pidflow.accounting;

import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What each process moved: a row for every pid and comm, which is what its series are labelled
 * with.
 *
 * <p>An exec or a renaming starts a new row, and the old one counts as ended. A pid that is handed
 * out again starts at 0, which Prometheus takes for the counter reset it is. An ended row stays
 * until it was read often enough for its last bytes to be seen. At the limit the row that ended
 * first makes room; where none has ended, new processes share one row.
 */
final class ProcessRows {
  private static final int MIN_READS_AFTER_END = 3;
  private static final ProcessInfo OTHER = ProcessInfo.named(0, Groups.OTHER);

  private final Groups groups;
  private int limit;
  private long retentionNanos;
  private final Map<Label, Row> rows = new LinkedHashMap<>();

  /** By the very object ownership hands out, which it keeps while a process stays what it is. */
  private final IdentityHashMap<ProcessInfo, Row> rowByProcess = new IdentityHashMap<>();

  private Set<ProcessInfo> live = Set.of();
  private Row other;
  private ProcessInfo lastProcess;
  private Row lastRow;

  private record Label(int pid, String comm) {
    static Label of(ProcessInfo process) {
      return new Label(process.pid(), process.comm());
    }
  }

  private static final class Row {
    private final Counters counters = new Counters();
    private ProcessInfo process;
    private Counters group;
    private boolean ended;
    private long endedAtNanos;
    private int readsAfterEnd;

    private void add(Direction direction, long bytes, long packets) {
      counters.add(direction, bytes, packets);
      group.add(direction, bytes, packets);
    }
  }

  ProcessRows(AccountingSettings settings, Groups groups) {
    this.groups = groups;
    use(settings);
  }

  /** What a process moves from now on counts in the group it has now. */
  final void use(AccountingSettings settings) {
    limit = settings.maxProcesses();
    retentionNanos = settings.retention().toNanos();
    for (Row row : rows.values()) {
      row.group = groups.of(row.process);
    }
  }

  @SuppressWarnings("ReferenceEquality") // once a packet, and rows go by the very object
  void add(ProcessInfo process, Direction direction, long bytes, long packets, long nowNanos) {
    if (process != lastProcess) {
      Row row = rowByProcess.get(process);
      lastRow = row != null ? row : newRow(process, nowNanos);
      lastProcess = process;
    }
    lastRow.add(direction, bytes, packets);
  }

  /** Says which processes live: each has a row from now on, and every other row has ended. */
  void live(Collection<ProcessInfo> processes, long nowNanos) {
    live = Collections.newSetFromMap(new IdentityHashMap<>());
    live.addAll(processes);
    rowByProcess.keySet().removeIf(process -> !live.contains(process));
    lastProcess = null;
    for (Row row : rows.values()) {
      if (live.contains(row.process)) {
        row.ended = false;
      } else if (!row.ended) {
        row.ended = true;
        row.endedAtNanos = nowNanos;
        row.readsAfterEnd = 0;
      }
    }
    for (ProcessInfo process : processes) {
      if (!rowByProcess.containsKey(process)) {
        newRow(process, nowNanos);
      }
    }
  }

  /** Every row, once; ended ones that have been read and kept for long enough leave after it. */
  List<ProcessTraffic> read(long nowNanos) {
    List<ProcessTraffic> read = look();
    boolean left = rows.values().removeIf(row -> row.ended && mayLeave(row, nowNanos));
    if (left) {
      forgetRemoved();
    }
    return read;
  }

  /** Every row, once; none leaves for it. */
  List<ProcessTraffic> look() {
    List<ProcessTraffic> seen = new ArrayList<>(rows.size() + 1);
    rows.values().forEach(row -> seen.add(traffic(row)));
    if (other != null) {
      seen.add(traffic(other));
    }
    return seen;
  }

  private boolean mayLeave(Row row, long nowNanos) {
    row.readsAfterEnd++;
    return row.readsAfterEnd >= MIN_READS_AFTER_END
        && nowNanos - row.endedAtNanos >= retentionNanos;
  }

  private static ProcessTraffic traffic(Row row) {
    return new ProcessTraffic(row.process, row.counters.traffic());
  }

  private Row newRow(ProcessInfo process, long nowNanos) {
    Label label = Label.of(process);
    Row row = rows.get(label);
    if (row != null && live.contains(row.process) && !live.contains(process)) {
      return lateRow(process, row);
    }
    if (row == null || !row.process.id().equals(process.id())) {
      rows.remove(label);
      if (rows.size() >= limit && !makeRoom()) {
        return share(process);
      }
      row = new Row();
      rows.put(label, row);
    }
    row.process = process;
    row.group = groups.of(process);
    row.ended = !live.contains(process);
    row.endedAtNanos = nowNanos;
    row.readsAfterEnd = 0;
    rowByProcess.put(process, row);
    return row;
  }

  /**
   * Where late bytes go whose label a living process has by now: its row must not end for them. A
   * closed socket still has the owner it had, from before an exec or a reuse of the pid.
   */
  private Row lateRow(ProcessInfo process, Row living) {
    if (!living.process.id().equals(process.id())) {
      return share(process);
    }
    rowByProcess.put(process, living);
    return living;
  }

  private boolean makeRoom() {
    boolean made =
        rows.values().stream()
            .filter(row -> row.ended)
            .min(Comparator.comparingLong(row -> row.endedAtNanos))
            .map(row -> rows.remove(Label.of(row.process), row))
            .orElse(false);
    if (made) {
      forgetRemoved();
    }
    return made;
  }

  private Row share(ProcessInfo process) {
    if (other == null) {
      other = new Row();
      other.process = OTHER;
      other.group = groups.other();
    }
    rowByProcess.put(process, other);
    return other;
  }

  /** Also those who shared a row, so that they get one of their own if there is room now. */
  private void forgetRemoved() {
    rowByProcess.values().removeIf(row -> rows.get(Label.of(row.process)) != row);
    lastProcess = null;
  }
}
