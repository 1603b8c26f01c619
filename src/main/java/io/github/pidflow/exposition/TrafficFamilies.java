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
import io.prometheus.client.exporter.common.TextFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
 * can be checked on every single page.
 *
 * <p>These alone can be tens of thousands, so they go from the snapshot straight into the bytes
 * that are sent.
 */
public final class TrafficFamilies implements PageSource {
  private static final String RX = Direction.RX.label();
  private static final String TX = Direction.TX.label();

  private static final FamilyHead BYTES =
      FamilyHead.counter("pidflow_bytes", "IP bytes a process received (rx) and sent (tx).");
  private static final FamilyHead PACKETS =
      FamilyHead.counter("pidflow_packets", "IP packets a process received (rx) and sent (tx).");
  private static final FamilyHead INFO = FamilyHead.info("pidflow_process", "Who a process is.");
  private static final FamilyHead GROUP_BYTES =
      FamilyHead.counter(
          "pidflow_group_bytes",
          "IP bytes the processes of a group received (rx) and sent (tx), ended ones included.");
  private static final FamilyHead GROUP_PACKETS =
      FamilyHead.counter(
          "pidflow_group_packets",
          "IP packets the processes of a group received (rx) and sent (tx), ended ones included.");
  private static final FamilyHead UNATTRIBUTED_BYTES =
      FamilyHead.counter(
          "pidflow_unattributed_bytes", "IP bytes of this host that are no process's, and why.");
  private static final FamilyHead FORWARDED_BYTES =
      FamilyHead.counter(
          "pidflow_forwarded_bytes", "IP bytes that were neither from nor to this host.");
  private static final FamilyHead CAPTURED_BYTES =
      FamilyHead.counter(
          "pidflow_captured_bytes",
          "IP bytes captured: the sum of attributed, unattributed, parked and forwarded.");
  private static final FamilyHead PARKED_BYTES =
      FamilyHead.gauge("pidflow_parked_bytes", "IP bytes waiting for their owner to be known.");
  private static final FamilyHead PARKED_FLOWS =
      FamilyHead.gauge("pidflow_parked_flows", "Flows waiting for their owner to be known.");
  private static final FamilyHead CAPTURE_PACKETS =
      FamilyHead.counter(
          "pidflow_capture_packets",
          "Packets that passed the capture filter, dropped ones included.");
  private static final FamilyHead CAPTURE_DROPS =
      FamilyHead.counter(
          "pidflow_capture_dropped_packets",
          "Packets the kernel dropped because the capture buffer was full.");
  private static final FamilyHead SAMPLING =
      FamilyHead.gauge(
          "pidflow_sampling_ratio",
          "Part of the packets that is counted, each for as many as it stands for: 1 is all.");

  private final Supplier<TrafficSnapshot> traffic;
  private final Supplier<List<CaptureStatistics>> capture;
  private final DoubleSupplier samplingRatio;

  /**
   * @param samplingRatio the part of the packets that is counted, 1 for all
   */
  public TrafficFamilies(
      Supplier<TrafficSnapshot> traffic,
      Supplier<List<CaptureStatistics>> capture,
      DoubleSupplier samplingRatio) {
    this.traffic = traffic;
    this.capture = capture;
    this.samplingRatio = samplingRatio;
  }

  /** All of them as a page of their own, in the older text format. */
  public String text() throws IOException {
    PageWriter page = new PageWriter();
    page.start(TextFormat.CONTENT_TYPE_004, Set.of());
    write(page);
    page.end();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    page.writeTo(bytes);
    return bytes.toString(UTF_8);
  }

  @Override
  public void write(PageWriter page) {
    TrafficSnapshot snapshot = traffic.get();
    writeProcesses(page, snapshot.processes());
    writeGroups(page, snapshot.groups());
    writeUnattributed(page, snapshot.unattributed());
    writeCount(page, FORWARDED_BYTES, snapshot.forwardedBytes());
    writeCount(page, CAPTURED_BYTES, snapshot.capturedBytes());
    writeCount(page, PARKED_BYTES, snapshot.parkedBytes());
    writeCount(page, PARKED_FLOWS, snapshot.parkedFlows());
    writeCapture(page, capture.get());
    if (page.family(SAMPLING).wanted()) {
      page.value(samplingRatio.getAsDouble());
    }
  }

  private static void writeProcesses(PageWriter page, List<ProcessTraffic> processes) {
    if (page.family(BYTES).wanted()) {
      for (ProcessTraffic each : processes) {
        writeProcess(page, each.process(), RX, each.traffic().rxBytes());
        writeProcess(page, each.process(), TX, each.traffic().txBytes());
      }
    }
    if (page.family(PACKETS).wanted()) {
      for (ProcessTraffic each : processes) {
        writeProcess(page, each.process(), RX, each.traffic().rxPackets());
        writeProcess(page, each.process(), TX, each.traffic().txPackets());
      }
    }
    if (page.family(INFO).wanted()) {
      for (ProcessTraffic each : processes) {
        writeInfo(page, each.process());
      }
    }
  }

  private static void writeProcess(
      PageWriter page, ProcessInfo process, String direction, long count) {
    page.label("pid", process.pid())
        .label("comm", process.comm())
        .label("direction", direction)
        .value(count);
  }

  private static void writeInfo(PageWriter page, ProcessInfo process) {
    page.label("pid", process.pid())
        .label("comm", process.comm())
        .label("exe", process.exe())
        .label("user", process.user())
        .label("unit", process.unit())
        .label("container_id", process.containerId())
        .label("pod_uid", process.podUid())
        .label("start_time_seconds", process.startTimeSeconds())
        .value(1);
  }

  private static void writeGroups(PageWriter page, List<GroupTraffic> groups) {
    writeGroups(
        page,
        GROUP_BYTES,
        groups,
        each -> each.traffic().rxBytes(),
        each -> each.traffic().txBytes());
    writeGroups(
        page,
        GROUP_PACKETS,
        groups,
        each -> each.traffic().rxPackets(),
        each -> each.traffic().txPackets());
  }

  private static void writeGroups(
      PageWriter page,
      FamilyHead head,
      List<GroupTraffic> groups,
      ToLongFunction<GroupTraffic> rx,
      ToLongFunction<GroupTraffic> tx) {
    if (page.family(head).wanted()) {
      for (GroupTraffic each : groups) {
        page.label("group", each.group()).label("direction", RX).value(rx.applyAsLong(each));
        page.label("group", each.group()).label("direction", TX).value(tx.applyAsLong(each));
      }
    }
  }

  /** Every reason has its samples from the start, so that rate() sees the first bytes of each. */
  private static void writeUnattributed(PageWriter page, List<UnattributedTraffic> entries) {
    if (!page.family(UNATTRIBUTED_BYTES).wanted()) {
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
      page.label("reason", name).label("direction", RX).value(entry.rxBytes());
      page.label("reason", name).label("direction", TX).value(entry.txBytes());
    }
  }

  private static void writeCount(PageWriter page, FamilyHead head, long count) {
    if (page.family(head).wanted()) {
      page.value(count);
    }
  }

  /** Sockets of several network namespaces can share an interface name: their sum is shown. */
  private static void writeCapture(PageWriter page, List<CaptureStatistics> statistics) {
    Map<String, CaptureStatistics> byInterface = new TreeMap<>();
    for (CaptureStatistics entry : statistics) {
      byInterface.merge(
          LabelValue.of(entry.interfaceName()),
          entry,
          (a, b) ->
              new CaptureStatistics(
                  a.interfaceName(), a.packets() + b.packets(), a.drops() + b.drops()));
    }
    if (page.family(CAPTURE_PACKETS).wanted()) {
      byInterface.forEach((name, entry) -> page.label("interface", name).value(entry.packets()));
    }
    if (page.family(CAPTURE_DROPS).wanted()) {
      byInterface.forEach((name, entry) -> page.label("interface", name).value(entry.drops()));
    }
  }
}
