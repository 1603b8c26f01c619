package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.flow.ProcessInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The invariants of every snapshot of a meter, and of each pair of successive ones. */
final class SnapshotLaws {
  /** A limit that no test reaches. */
  static final int NO_LIMIT = 1000;

  private final int limit;
  private Map<String, Traffic> lastGroups = Map.of();
  private int sharing;
  private int kept;

  /** The limit of processes and of groups. */
  SnapshotLaws(int limit) {
    this.limit = limit;
  }

  /** The number of live processes without a row of their own, over all snapshots. */
  int sharing() {
    return sharing;
  }

  /** The number of snapshots with rows of ended processes. */
  int kept() {
    return kept;
  }

  void check(
      TrafficSnapshot snapshot, ReferenceMeter reference, List<ProcessInfo> live, String when) {
    assertEquals(reference.captured, snapshot.capturedBytes(), when);
    assertEquals(reference.forwarded, snapshot.forwardedBytes(), when);
    assertEquals(reference.parkedBytes(), snapshot.parkedBytes(), when);
    assertEquals(reference.parked.size(), snapshot.parkedFlows(), when);
    long unattributed = 0;
    for (UnattributedTraffic each : snapshot.unattributed()) {
      long bytes = each.rxBytes() + each.txBytes();
      assertEquals(reference.unattributed.getOrDefault(each.reason(), 0L), bytes, when);
      unattributed += bytes;
    }
    Traffic groups = sum(snapshot.groups().stream().map(GroupTraffic::traffic).toList());
    assertEquals(reference.attributedRx, groups.rxBytes(), when);
    assertEquals(reference.attributedTx, groups.txBytes(), when);
    assertEquals(
        snapshot.capturedBytes(),
        groups.rxBytes()
            + groups.txBytes()
            + unattributed
            + snapshot.parkedBytes()
            + snapshot.forwardedBytes(),
        when);
    Traffic processes = sum(snapshot.processes().stream().map(ProcessTraffic::traffic).toList());
    assertNoneLess(groups, processes, when);
    checkGroups(snapshot, when);
    checkProcesses(snapshot, live, when);
  }

  private void checkGroups(TrafficSnapshot snapshot, String when) {
    Map<String, Traffic> groups = new HashMap<>();
    snapshot.groups().forEach(each -> groups.put(each.group(), each.traffic()));
    assertTrue(groups.size() <= limit + 1, when);
    lastGroups.forEach((name, before) -> assertNoneLess(groups.get(name), before, when));
    lastGroups = groups;
  }

  private void checkProcesses(TrafficSnapshot snapshot, List<ProcessInfo> live, String when) {
    List<ProcessInfo> shown = new ArrayList<>();
    Set<String> labels = new HashSet<>();
    for (ProcessTraffic each : snapshot.processes()) {
      shown.add(each.process());
      assertTrue(labels.add(each.process().pid() + each.process().comm()), when);
    }
    assertTrue(shown.size() <= limit + 1, when);
    int alone = 0;
    for (ProcessInfo process : live) {
      alone += shown.contains(process) ? 1 : 0;
    }
    if (limit == NO_LIMIT) {
      assertEquals(live.size(), alone, when + ": a live process without a row");
    }
    sharing += live.size() - alone;
    kept += labels.size() > live.size() ? 1 : 0;
  }

  private static Traffic sum(List<Traffic> all) {
    return all.stream()
        .reduce(
            new Traffic(0, 0, 0, 0),
            (a, b) ->
                new Traffic(
                    a.rxBytes() + b.rxBytes(),
                    a.rxPackets() + b.rxPackets(),
                    a.txBytes() + b.txBytes(),
                    a.txPackets() + b.txPackets()));
  }

  private static void assertNoneLess(Traffic more, Traffic less, String when) {
    assertTrue(
        more.rxBytes() >= less.rxBytes()
            && more.rxPackets() >= less.rxPackets()
            && more.txBytes() >= less.txBytes()
            && more.txPackets() >= less.txPackets(),
        () -> when + ": " + more + " < " + less);
  }
}
