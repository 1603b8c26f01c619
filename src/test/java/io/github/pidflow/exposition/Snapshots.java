package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import java.util.ArrayList;
import java.util.List;

/** Snapshots that satisfy the conservation law. */
final class Snapshots {
  /** A name with every difficult character a process can have, and some it cannot. */
  static final String HOSTILE = "a\"b\\c\nd\re\u0000f\u001bg\ud800h\ufffd\ud83d\ude00} 1";

  private Snapshots() {}

  /** A web server, a process with a hostile name, and the series of processes beyond the limit. */
  static TrafficSnapshot small() {
    Traffic web = new Traffic(1_000, 10, 30_000_000, 25_000);
    Traffic hostile = new Traffic(7, 1, 0, 0);
    Traffic overflow = new Traffic(0, 0, 40, 1);
    return new TrafficSnapshot(
        List.of(
            new ProcessTraffic(
                new ProcessInfo(
                    new ProcessId(4321, 77),
                    "nginx",
                    "/usr/sbin/nginx",
                    "www-data",
                    "nginx.service",
                    "0f".repeat(32),
                    "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
                    1_790_000_000.07),
                web),
            new ProcessTraffic(
                new ProcessInfo(
                    new ProcessId(99, 5), HOSTILE, "/tmp/" + HOSTILE, HOSTILE, "", "", "", 12.5),
                hostile),
            new ProcessTraffic(ProcessInfo.named(0, "other"), overflow)),
        List.of(
            new GroupTraffic("nginx", web),
            new GroupTraffic(HOSTILE, hostile),
            new GroupTraffic("other", overflow)),
        List.of(new UnattributedTraffic(UnattributedReason.NO_SOCKET, 500, 60)),
        9_000,
        30_000_000 + 1_000 + 7 + 40 + 560 + 9_000 + 1_500,
        1_500,
        2);
  }

  static List<CaptureStatistics> capture() {
    return List.of(
        new CaptureStatistics("wlan0", 5, 0),
        new CaptureStatistics("any", 40_000, 3),
        new CaptureStatistics("any", 2, 1));
  }

  /** Some processes in one group each, all with long names. */
  static TrafficSnapshot large(int processes) {
    List<ProcessTraffic> processTraffic = new ArrayList<>();
    List<GroupTraffic> groupTraffic = new ArrayList<>();
    long captured = 0;
    for (int i = 0; i < processes; i++) {
      Traffic traffic = new Traffic(1_000_000_007L * i, 1_003L * i, 13L * i, i);
      ProcessInfo info =
          new ProcessInfo(
              new ProcessId(100_000 + i, i),
              "worker-" + i,
              "/opt/vendor/product/bin/worker-" + i,
              "service-account",
              "product@" + i + ".service",
              "ab".repeat(32),
              "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
              1_790_000_000.25 + i);
      processTraffic.add(new ProcessTraffic(info, traffic));
      groupTraffic.add(new GroupTraffic(info.comm(), traffic));
      captured += traffic.rxBytes() + traffic.txBytes();
    }
    return new TrafficSnapshot(processTraffic, groupTraffic, List.of(), 0, captured, 0, 0);
  }
}
