package io.github.pidflow.exposition;

import com.google.gson.annotations.SerializedName;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.Feature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code /api/v1/status}: the state of the daemon and the share of traffic it attributes. */
final class StatusResource {
  private static final double MILLIS_PER_SECOND = 1000.0;

  private final BuildInfo build;
  private final DaemonView daemon;
  private final long startMillis = System.currentTimeMillis();
  private final long startNanos = System.nanoTime();

  StatusResource(BuildInfo build, DaemonView daemon) {
    this.build = build;
    this.daemon = daemon;
  }

  /**
   * The response. Its component names are those of the JSON fields.
   *
   * @param notReadyReason empty if the daemon is ready
   * @param samplingRatio the fraction of packets that is captured, 1 for all
   * @param attributionRatio attributed bytes divided by attributed and unattributed bytes; absent
   *     while both are 0
   */
  record Status(
      String version,
      String javaVersion,
      double startTimeSeconds,
      double uptimeSeconds,
      boolean ready,
      String notReadyReason,
      List<Component> components,
      List<Capture> capture,
      double samplingRatio,
      long capturedBytes,
      long attributedBytes,
      long unattributedBytes,
      long forwardedBytes,
      long parkedBytes,
      long parkedFlows,
      Double attributionRatio,
      List<Unattributed> unattributed) {}

  /**
   * A component of the daemon.
   *
   * @param lost what does not work while it is down; empty while it is up
   */
  record Component(String name, boolean up, String lost) {}

  record Capture(
      @SerializedName("interface") String interfaceName, long packets, long droppedPackets) {

    Capture plus(Capture other) {
      return new Capture(
          interfaceName, packets + other.packets, droppedPackets + other.droppedPackets);
    }
  }

  record Unattributed(String reason, long rxBytes, long txBytes) {}

  Status read() {
    TrafficSnapshot traffic = daemon.traffic().get();
    long attributed =
        traffic.groups().stream()
            .mapToLong(each -> each.traffic().rxBytes() + each.traffic().txBytes())
            .sum();
    long unattributed =
        traffic.unattributed().stream().mapToLong(each -> each.rxBytes() + each.txBytes()).sum();
    boolean isReady = daemon.ready().getAsBoolean();
    return new Status(
        build.version(),
        System.getProperty("java.version", ""),
        startMillis / MILLIS_PER_SECOND,
        Duration.ofNanos(System.nanoTime() - startNanos).toMillis() / MILLIS_PER_SECOND,
        isReady,
        isReady ? "" : daemon.notReadyReason().get(),
        components(daemon.components().get()),
        captures(daemon.capture().get()),
        daemon.samplingRatio().getAsDouble(),
        traffic.capturedBytes(),
        attributed,
        unattributed,
        traffic.forwardedBytes(),
        traffic.parkedBytes(),
        traffic.parkedFlows(),
        attributed + unattributed == 0 ? null : attributed / (double) (attributed + unattributed),
        traffic.unattributed().stream().map(StatusResource::unattributed).toList());
  }

  private static List<Component> components(Map<String, Boolean> ups) {
    List<Component> components = new ArrayList<>();
    new TreeMap<>(ups)
        .forEach(
            (name, up) ->
                components.add(new Component(LabelValue.of(name), up, up ? "" : impact(name))));
    return components;
  }

  private static String impact(String component) {
    return Feature.of(component).map(Feature::impact).orElse("the daemon does not work without it");
  }

  /** Interfaces of several network namespaces may share a name; their sum is shown. */
  private static List<Capture> captures(List<CaptureStatistics> statistics) {
    Map<String, Capture> byInterface = new TreeMap<>();
    for (CaptureStatistics each : statistics) {
      String name = LabelValue.of(each.interfaceName());
      byInterface.merge(name, new Capture(name, each.packets(), each.drops()), Capture::plus);
    }
    return List.copyOf(byInterface.values());
  }

  private static Unattributed unattributed(UnattributedTraffic entry) {
    return new Unattributed(entry.reason().label(), entry.rxBytes(), entry.txBytes());
  }
}
