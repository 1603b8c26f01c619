package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The traffic counters as simpleclient samples, one object per sample: the reference for the output
 * of {@link TrafficFamilies}.
 */
final class TrafficReference extends Collector {
  private static final String RX = Direction.RX.label();
  private static final String TX = Direction.TX.label();

  private final Supplier<TrafficSnapshot> traffic;
  private final Supplier<List<CaptureStatistics>> capture;
  private final DoubleSupplier samplingRatio;

  /**
   * @param samplingRatio the part of the packets that is counted, 1 for all
   */
  TrafficReference(
      Supplier<TrafficSnapshot> traffic,
      Supplier<List<CaptureStatistics>> capture,
      DoubleSupplier samplingRatio) {
    this.traffic = traffic;
    this.capture = capture;
    this.samplingRatio = samplingRatio;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    TrafficSnapshot snapshot = traffic.get();
    List<Family> families = new ArrayList<>();
    addProcesses(families, snapshot.processes());
    addGroups(families, snapshot.groups());
    addUnattributed(families, snapshot.unattributed());
    addTotals(families, snapshot);
    addCapture(families, capture.get());
    families.add(
        Family.gauge(
                "pidflow_sampling_ratio",
                "Fraction of packets that is captured; counters are extrapolated from it. 1 means"
                    + " all.")
            .sample(samplingRatio.getAsDouble(), List.of()));
    return families.stream().map(Family::samples).toList();
  }

  private static void addProcesses(List<Family> families, List<ProcessTraffic> processes) {
    Family bytes =
        Family.counter(
            "pidflow_bytes",
            "IP bytes received (rx) and sent (tx) by a process.",
            "pid",
            "comm",
            "direction");
    Family packets =
        Family.counter(
            "pidflow_packets",
            "IP packets received (rx) and sent (tx) by a process.",
            "pid",
            "comm",
            "direction");
    Family info =
        Family.info(
            "pidflow_process",
            "Identity of a process: executable, user, unit, container, pod and start time.",
            "pid",
            "comm",
            "exe",
            "user",
            "unit",
            "container_id",
            "pod_uid",
            "start_time_seconds");
    for (ProcessTraffic entry : processes) {
      ProcessInfo process = entry.process();
      String pid = Integer.toString(process.pid());
      String comm = LabelValue.of(process.comm());
      addBothWays(bytes, packets, List.of(pid, comm, RX), List.of(pid, comm, TX), entry.traffic());
      info.sample(
          1,
          pid,
          comm,
          LabelValue.of(process.exe()),
          LabelValue.of(process.user()),
          LabelValue.of(process.unit()),
          LabelValue.of(process.containerId()),
          LabelValue.of(process.podUid()),
          startTime(process.startTimeSeconds()));
    }
    families.addAll(List.of(bytes, packets, info));
  }

  private static void addGroups(List<Family> families, List<GroupTraffic> groups) {
    Family bytes =
        Family.counter(
            "pidflow_group_bytes",
            "IP bytes received (rx) and sent (tx) by the processes of a group, including exited"
                + " ones.",
            "group",
            "direction");
    Family packets =
        Family.counter(
            "pidflow_group_packets",
            "IP packets received (rx) and sent (tx) by the processes of a group, including exited"
                + " ones.",
            "group",
            "direction");
    for (GroupTraffic entry : groups) {
      String group = LabelValue.of(entry.group());
      addBothWays(bytes, packets, List.of(group, RX), List.of(group, TX), entry.traffic());
    }
    families.addAll(List.of(bytes, packets));
  }

  private static void addBothWays(
      Family bytes, Family packets, List<String> rx, List<String> tx, Traffic traffic) {
    bytes.sample(traffic.rxBytes(), rx).sample(traffic.txBytes(), tx);
    packets.sample(traffic.rxPackets(), rx).sample(traffic.txPackets(), tx);
  }

  /** Every reason has its samples from the start, so that rate() covers the first bytes of each. */
  private static void addUnattributed(List<Family> families, List<UnattributedTraffic> entries) {
    Map<UnattributedReason, UnattributedTraffic> byReason = new EnumMap<>(UnattributedReason.class);
    for (UnattributedTraffic entry : entries) {
      byReason.put(entry.reason(), entry);
    }
    Family bytes =
        Family.counter(
            "pidflow_unattributed_bytes",
            "IP bytes of this host that could not be attributed to a process, by reason.",
            "reason",
            "direction");
    for (UnattributedReason reason : UnattributedReason.values()) {
      UnattributedTraffic entry =
          byReason.getOrDefault(reason, new UnattributedTraffic(reason, 0, 0));
      bytes.sample(entry.rxBytes(), reason.label(), RX).sample(entry.txBytes(), reason.label(), TX);
    }
    families.add(bytes);
  }

  private static void addTotals(List<Family> families, TrafficSnapshot snapshot) {
    families.add(
        Family.counter(
                "pidflow_forwarded_bytes",
                "IP bytes that were neither sent nor received by this host.")
            .sample(snapshot.forwardedBytes()));
    families.add(
        Family.counter(
                "pidflow_captured_bytes",
                "IP bytes captured: the sum of attributed, unattributed, parked and forwarded"
                    + " bytes.")
            .sample(snapshot.capturedBytes()));
    families.add(
        Family.gauge(
                "pidflow_parked_bytes", "IP bytes of flows that wait for their owner to be found.")
            .sample(snapshot.parkedBytes()));
    families.add(
        Family.gauge("pidflow_parked_flows", "Flows that wait for their owner to be found.")
            .sample(snapshot.parkedFlows()));
  }

  /** Sockets of several network namespaces can share an interface name; their sum is shown. */
  private static void addCapture(List<Family> families, List<CaptureStatistics> statistics) {
    Map<String, CaptureStatistics> byInterface = new TreeMap<>();
    for (CaptureStatistics entry : statistics) {
      byInterface.merge(
          LabelValue.of(entry.interfaceName()),
          entry,
          (a, b) ->
              new CaptureStatistics(
                  a.interfaceName(), a.packets() + b.packets(), a.drops() + b.drops()));
    }
    Family packets =
        Family.counter(
            "pidflow_capture_packets",
            "Packets that passed the capture filter, including dropped ones.",
            "interface");
    Family drops =
        Family.counter(
            "pidflow_capture_dropped_packets",
            "Packets the kernel dropped because the capture buffer was full.",
            "interface");
    byInterface.forEach(
        (name, entry) -> {
          packets.sample(entry.packets(), name);
          drops.sample(entry.drops(), name);
        });
    families.addAll(List.of(packets, drops));
  }

  /**
   * Seconds since the epoch with the two decimals that proc(5) provides, the same on every JDK;
   * empty if the process's start is unknown.
   */
  private static String startTime(double seconds) {
    long hundredths = Math.round(seconds * 100);
    if (hundredths <= 0) {
      return "";
    }
    long fraction = hundredths % 100;
    return hundredths / 100 + (fraction < 10 ? ".0" : ".") + fraction;
  }
}
