package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * The traffic counters as metric families, all of them from one snapshot, so the conservation law
 * can be checked on every single writer.
 *
 * <p>These alone can be tens of thousands, so they go from the snapshot straight into the bytes
 * that are sent.
 */
public final class TrafficFamilies implements MetricFamilies {
  private static final String RX = Direction.RX.label();
  private static final String TX = Direction.TX.label();

  private static final MetricFamily BYTES =
      MetricFamily.counter("pidflow_bytes", "IP bytes received (rx) and sent (tx) by a process.");
  private static final MetricFamily PACKETS =
      MetricFamily.counter(
          "pidflow_packets", "IP packets received (rx) and sent (tx) by a process.");
  private static final MetricFamily INFO =
      MetricFamily.info(
          "pidflow_process",
          "Identity of a process: executable, user, unit, container, pod and start time.");
  private static final MetricFamily GROUP_BYTES =
      MetricFamily.counter(
          "pidflow_group_bytes",
          "IP bytes received (rx) and sent (tx) by the processes of a group, including exited"
              + " ones.");
  private static final MetricFamily GROUP_PACKETS =
      MetricFamily.counter(
          "pidflow_group_packets",
          "IP packets received (rx) and sent (tx) by the processes of a group, including exited"
              + " ones.");
  private static final MetricFamily UNATTRIBUTED_BYTES =
      MetricFamily.counter(
          "pidflow_unattributed_bytes",
          "IP bytes of this host that could not be attributed to a process, by reason.");
  private static final MetricFamily FORWARDED_BYTES =
      MetricFamily.counter(
          "pidflow_forwarded_bytes", "IP bytes that were neither sent nor received by this host.");
  private static final MetricFamily CAPTURED_BYTES =
      MetricFamily.counter(
          "pidflow_captured_bytes",
          "IP bytes captured: the sum of attributed, unattributed, parked and forwarded bytes.");
  private static final MetricFamily PARKED_BYTES =
      MetricFamily.gauge(
          "pidflow_parked_bytes", "IP bytes of flows that wait for their owner to be found.");
  private static final MetricFamily PARKED_FLOWS =
      MetricFamily.gauge("pidflow_parked_flows", "Flows that wait for their owner to be found.");
  private static final MetricFamily CAPTURE_PACKETS =
      MetricFamily.counter(
          "pidflow_capture_packets",
          "Packets that passed the capture filter, including dropped ones.");
  private static final MetricFamily CAPTURE_DROPS =
      MetricFamily.counter(
          "pidflow_capture_dropped_packets",
          "Packets the kernel dropped because the capture buffer was full.");
  private static final MetricFamily SAMPLING =
      MetricFamily.gauge(
          "pidflow_sampling_ratio",
          "Fraction of packets that is captured; counters are extrapolated from it. 1 means all.");

  private final Supplier<TrafficSnapshot> traffic;
  private final Supplier<List<CaptureStatistics>> capture;
  private final DoubleSupplier samplingRatio;

  /**
   * @param samplingRatio the fraction of packets that is captured, 1 for all
   */
  public TrafficFamilies(
      Supplier<TrafficSnapshot> traffic,
      Supplier<List<CaptureStatistics>> capture,
      DoubleSupplier samplingRatio) {
    this.traffic = traffic;
    this.capture = capture;
    this.samplingRatio = samplingRatio;
  }

  /** A page of these families alone, in the text format of version 0.0.4. */
  public String text() {
    PageBuffer page = new PageBuffer();
    MetricWriter writer = ExpositionFormat.TEXT.writer(page, Set.of());
    writeTo(writer);
    writer.end();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      page.writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toString(UTF_8);
  }

  @Override
  public void writeTo(MetricWriter writer) {
    TrafficSnapshot snapshot = traffic.get();
    writeProcesses(writer, snapshot.processes());
    writeGroups(writer, snapshot.groups());
    writeUnattributed(writer, snapshot.unattributed());
    writeCount(writer, FORWARDED_BYTES, snapshot.forwardedBytes());
    writeCount(writer, CAPTURED_BYTES, snapshot.capturedBytes());
    writeCount(writer, PARKED_BYTES, snapshot.parkedBytes());
    writeCount(writer, PARKED_FLOWS, snapshot.parkedFlows());
    writeCapture(writer, capture.get());
    if (writer.begin(SAMPLING)) {
      writer.value(samplingRatio.getAsDouble());
    }
  }

  private static void writeProcesses(MetricWriter writer, List<ProcessTraffic> processes) {
    if (writer.begin(BYTES)) {
      for (ProcessTraffic each : processes) {
        writeProcess(writer, each.process(), RX, each.traffic().rxBytes());
        writeProcess(writer, each.process(), TX, each.traffic().txBytes());
      }
    }
    if (writer.begin(PACKETS)) {
      for (ProcessTraffic each : processes) {
        writeProcess(writer, each.process(), RX, each.traffic().rxPackets());
        writeProcess(writer, each.process(), TX, each.traffic().txPackets());
      }
    }
    if (writer.begin(INFO)) {
      for (ProcessTraffic each : processes) {
        writeInfo(writer, each.process());
      }
    }
  }

  private static void writeProcess(
      MetricWriter writer, ProcessInfo process, String direction, long count) {
    writer
        .label("pid", process.pid())
        .label("comm", process.comm())
        .label("direction", direction)
        .value(count);
  }

  private static void writeInfo(MetricWriter writer, ProcessInfo process) {
    writer
        .label("pid", process.pid())
        .label("comm", process.comm())
        .label("exe", process.exe())
        .label("user", process.user())
        .label("unit", process.unit())
        .label("container_id", process.containerId())
        .label("pod_uid", process.podUid())
        .timeLabel("start_time_seconds", process.startTimeSeconds())
        .value(1);
  }

  private static void writeGroups(MetricWriter writer, List<GroupTraffic> groups) {
    writeGroups(
        writer,
        GROUP_BYTES,
        groups,
        each -> each.traffic().rxBytes(),
        each -> each.traffic().txBytes());
    writeGroups(
        writer,
        GROUP_PACKETS,
        groups,
        each -> each.traffic().rxPackets(),
        each -> each.traffic().txPackets());
  }

  private static void writeGroups(
      MetricWriter writer,
      MetricFamily family,
      List<GroupTraffic> groups,
      ToLongFunction<GroupTraffic> rx,
      ToLongFunction<GroupTraffic> tx) {
    if (writer.begin(family)) {
      for (GroupTraffic each : groups) {
        writer.label("group", each.group()).label("direction", RX).value(rx.applyAsLong(each));
        writer.label("group", each.group()).label("direction", TX).value(tx.applyAsLong(each));
      }
    }
  }

  /** Writes every reason, also those at 0, so that rate() sees the first bytes of each. */
  private static void writeUnattributed(MetricWriter writer, List<UnattributedTraffic> entries) {
    if (!writer.begin(UNATTRIBUTED_BYTES)) {
      return;
    }
    Map<UnattributedReason, UnattributedTraffic> byReason = new EnumMap<>(UnattributedReason.class);
    for (UnattributedTraffic entry : entries) {
      byReason.put(entry.reason(), entry);
    }
    for (UnattributedReason reason : UnattributedReason.values()) {
      UnattributedTraffic entry =
          byReason.getOrDefault(reason, new UnattributedTraffic(reason, 0, 0));
      String name = reason.label();
      writer.label("reason", name).label("direction", RX).value(entry.rxBytes());
      writer.label("reason", name).label("direction", TX).value(entry.txBytes());
    }
  }

  private static void writeCount(MetricWriter writer, MetricFamily family, long count) {
    if (writer.begin(family)) {
      writer.value(count);
    }
  }

  /** Interfaces of several network namespaces may share a name; their sum is shown. */
  private static void writeCapture(MetricWriter writer, List<CaptureStatistics> statistics) {
    Map<String, CaptureStatistics> byInterface = new TreeMap<>();
    for (CaptureStatistics entry : statistics) {
      byInterface.merge(
          LabelValue.of(entry.interfaceName()),
          entry,
          (a, b) ->
              new CaptureStatistics(
                  a.interfaceName(), a.packets() + b.packets(), a.drops() + b.drops()));
    }
    if (writer.begin(CAPTURE_PACKETS)) {
      byInterface.forEach((name, entry) -> writer.label("interface", name).value(entry.packets()));
    }
    if (writer.begin(CAPTURE_DROPS)) {
      byInterface.forEach((name, entry) -> writer.label("interface", name).value(entry.drops()));
    }
  }
}
