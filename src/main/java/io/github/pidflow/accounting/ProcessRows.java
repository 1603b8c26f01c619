package io.github.pidflow.accounting;

import static java.util.stream.Collectors.toList;

import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
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
 * The traffic of each process: one row per pid and comm, the labels of its series.
 *
 * <h2>Life of a row</h2>
 *
 * An exec or a renaming starts a new row, and the old one has ended. A pid that is reused starts at
 * 0, which Prometheus takes for the counter reset it is. An ended row stays until enough scrapes
 * have seen its last bytes.
 *
 * <h2>Bound</h2>
 *
 * Beyond the limit processes are folded: they share the row "other", and each still counts in its
 * own group. A new process replaces the row that ended first, and is folded if none has ended.
 * After each scrape the folded processes with the most traffic replace the rows with the least. The
 * counters of a replaced row are added to "other", so the sum over all rows never falls.
 */
final class ProcessRows {
  private static final int MIN_READS_AFTER_END = 3;
  private static final ProcessInfo OTHER = ProcessInfo.named(0, "other");

  /**
   * How much more traffic a folded process must have than the row it replaces. Processes with about
   * the same traffic would otherwise swap at every scrape, each time as a new series.
   */
  private static final long CLEARLY_MORE = 4;

  /** Room is made for this share of the rows at a time. */
  private static final int ROOM_SHARE = 64;

  private final Groups groups;
  private final DaemonCounters counters;
  private int limit;
  private long retentionNanos;
  private final Map<Label, Row> rows = new LinkedHashMap<>();

  /** By identity: ownership hands out one object for as long as a process is unchanged. */
  private final IdentityHashMap<ProcessInfo, Row> rowByProcess = new IdentityHashMap<>();

  private Set<ProcessInfo> live = Set.of();
  private Counters other;
  private ProcessInfo lastProcess;
  private Row lastRow;

  private record Label(int pid, String comm) {
    static Label of(ProcessInfo process) {
      return new Label(process.pid(), process.comm());
    }
  }

  private static final class Row {
    private Counters counters = new Counters();
    private ProcessInfo process;
    private Counters group;
    private boolean folded;

    /** Whether it cannot have a row of its own, since a living process has its labels. */
    private boolean late;

    /** Recent bytes: halved at each scrape. */
    private long recentBytes;

    private boolean ended;
    private long endedAtNanos;
    private int readsAfterEnd;

    private void add(Direction direction, long bytes, long packets) {
      counters.add(direction, bytes, packets);
      group.add(direction, bytes, packets);
      recentBytes += bytes;
    }
  }

  ProcessRows(AccountingSettings settings, Groups groups, DaemonCounters counters) {
    this.groups = groups;
    this.counters = counters;
    apply(settings);
  }

  /** Applies other settings. Later traffic of a process counts in the group it has by them. */
  final void apply(AccountingSettings settings) {
    limit = settings.maxProcesses();
    retentionNanos = settings.retention().toNanos();
    rows.values().forEach(row -> row.group = groups.of(row.process));
    rowByProcess.values().stream()
        .filter(row -> row.folded)
        .forEach(row -> row.group = groups.of(row.process));
  }

  @SuppressWarnings("ReferenceEquality") // once a packet; rows are kept by identity
  void add(ProcessInfo process, Direction direction, long bytes, long packets, long nowNanos) {
    if (process != lastProcess) {
      Row row = rowByProcess.get(process);
      lastRow = row != null ? row : newRow(process, nowNanos);
      lastProcess = process;
    }
    lastRow.add(direction, bytes, packets);
  }

  /** Gives each live process a row, and ends every other row. */
  void retainLive(Collection<ProcessInfo> processes, long nowNanos) {
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

  /** Every row, for a scrape. Ended rows that were scraped and kept for long enough are removed. */
  List<ProcessTraffic> scrape(long nowNanos) {
    List<ProcessTraffic> read = snapshot();
    boolean left = rows.values().removeIf(row -> row.ended && mayLeave(row, nowNanos));
    if (left) {
      forgetRemoved();
    }
    rank(nowNanos);
    return read;
  }

  /** Every row, for any other reader. It changes nothing. */
  List<ProcessTraffic> snapshot() {
    List<ProcessTraffic> seen = new ArrayList<>(rows.size() + 1);
    rows.values().forEach(row -> seen.add(traffic(row)));
    if (other != null) {
      seen.add(new ProcessTraffic(OTHER, other.traffic()));
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
        counters.increment(DaemonCounter.PROCESSES_FOLDED);
        return folded(process, false);
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
   * The row for late bytes of a process whose labels a living process has by now. A closed socket
   * keeps the owner it had before an exec or a reuse of the pid; the living row must not end for
   * it.
   */
  private Row lateRow(ProcessInfo process, Row living) {
    if (!living.process.id().equals(process.id())) {
      return folded(process, true);
    }
    rowByProcess.put(process, living);
    return living;
  }

  /** Folds ended rows, several at a time, since finding them takes a pass over all rows. */
  private boolean makeRoom() {
    List<Row> first =
        rows.values().stream()
            .filter(row -> row.ended)
            .sorted(Comparator.comparingLong(row -> row.endedAtNanos))
            .limit(Math.max(1, limit / ROOM_SHARE))
            .collect(toList());
    if (first.isEmpty()) {
      return false;
    }
    first.forEach(this::fold);
    forgetRemoved();
    return true;
  }

  private Row folded(ProcessInfo process, boolean late) {
    Row row = new Row();
    row.process = process;
    row.group = groups.of(process);
    row.counters = other();
    row.folded = true;
    row.late = late;
    rowByProcess.put(process, row);
    return row;
  }

  /** Folds a row. The caller then calls {@link #forgetRemoved}. */
  private void fold(Row row) {
    counters.increment(DaemonCounter.PROCESSES_FOLDED);
    rows.remove(Label.of(row.process), row);
    if (!row.counters.isZero()) {
      other().add(row.counters);
    }
    if (!row.ended) {
      row.counters = other();
      row.folded = true;
    }
  }

  /** Gives the folded processes with the most traffic rows of their own. */
  private void rank(long nowNanos) {
    List<Row> folded =
        rowByProcess.values().stream()
            .filter(row -> row.folded && !row.late)
            .distinct()
            .collect(toList());
    if (!folded.isEmpty()) {
      folded.sort(Comparator.comparingLong((Row row) -> row.recentBytes).reversed());
      List<Row> quietest = new ArrayList<>(rows.values());
      quietest.sort(Comparator.comparingLong(row -> row.recentBytes));
      int next = 0;
      for (Row row : folded) {
        if (rows.size() >= limit) {
          if (next == quietest.size()
              || row.recentBytes <= CLEARLY_MORE * quietest.get(next).recentBytes) {
            break;
          }
          fold(quietest.get(next++));
        }
        unfold(row, nowNanos);
      }
      forgetRemoved();
    }
    rowByProcess.values().forEach(row -> row.recentBytes /= 2);
    rows.values().stream().filter(row -> row.ended).forEach(row -> row.recentBytes /= 2);
  }

  private void unfold(Row row, long nowNanos) {
    if (rows.putIfAbsent(Label.of(row.process), row) == null) {
      row.ended = !live.contains(row.process);
      row.endedAtNanos = nowNanos;
      row.counters = new Counters();
      row.folded = false;
    }
  }

  private Counters other() {
    if (other == null) {
      other = new Counters();
    }
    return other;
  }

  private void forgetRemoved() {
    rowByProcess.values().removeIf(row -> !row.folded && rows.get(Label.of(row.process)) != row);
    lastProcess = null;
  }
}
