package io.github.pidflow.metering;

import io.github.pidflow.capture.CaptureGroup;
import io.github.pidflow.capture.CaptureSource;
import io.github.pidflow.capture.CaptureSources;
import io.github.pidflow.capture.FrameHandler;
import io.github.pidflow.capture.RingBudget;
import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.NamespaceListener;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Opens a capture for each network namespace and closes it when the namespace is no longer watched.
 *
 * <p>A capture is opened at once, on the host network thread that found the namespace, and read by
 * the metering thread as soon as the namespace is published: packets sent in between wait in the
 * ring. It is handed over in a concurrent map and not by a command, since the capture must be in
 * place before its namespace is published, whatever the metering thread does meanwhile.
 */
final class NamespaceCaptures implements NamespaceListener, AutoCloseable {
  private final CaptureSettings settings;
  private final DaemonCounters counters;
  private final CaptureGroup group;
  private final RingBudget budget = new RingBudget(RingBudget.DEFAULT_BYTES);
  private final Map<Integer, Opened> opened = new ConcurrentHashMap<>();

  /** The network each source was last set to; for the metering thread alone. */
  private final Map<Integer, HostNetwork> networks = new HashMap<>();

  /** A source and the settings it was opened with, which are its share of the ring budget. */
  private record Opened(CaptureSource source, CaptureSettings settings) {}

  NamespaceCaptures(CaptureSettings settings, DaemonCounters counters) throws IOException {
    this.settings = settings;
    this.counters = counters;
    group = CaptureGroup.open();
    try {
      CaptureSource own = CaptureSources.open(Namespace.OWN, settings, counters);
      opened.put(Namespace.OWN, new Opened(own, settings));
    } catch (IOException e) {
      group.close();
      throw e;
    }
  }

  @Override
  public void appeared(int id, NetNamespace handle) throws IOException {
    CaptureSettings share = budget.allocate(settings);
    try {
      CaptureSource source =
          handle.call(
              () -> {
                CaptureSource inside = CaptureSources.open(id, share, counters);
                inside.updateInterfaces(List.of());
                return inside;
              });
      opened.put(id, new Opened(source, share));
    } catch (IOException e) {
      budget.release(share);
      throw e;
    }
  }

  @Override
  public void rejected(int id) {
    Opened rejected = opened.remove(id);
    if (rejected != null) {
      rejected.source.close();
      budget.release(rejected.settings);
    }
  }

  /** Adopts the namespaces there are now, and removes the others after their last frames. */
  void follow(List<Namespace> namespaces, PacketPipeline pipeline) throws IOException {
    for (Namespace each : namespaces) {
      if (opened.containsKey(each.id()) && networks.get(each.id()) != each.network()) {
        pipeline.putNetwork(each.id(), each.network());
        if (networks.put(each.id(), each.network()) == null) {
          group.add(each.id(), opened.get(each.id()).source);
        }
        group.updateInterfaces(each.id(), each.network().interfaces());
      }
    }
    List<Integer> watched = namespaces.stream().map(Namespace::id).toList();
    for (int id : group.namespaces()) {
      if (!watched.contains(id)) {
        networks.remove(id);
        Opened gone = opened.remove(id);
        budget.release(gone.settings);
        group.remove(id, pipeline);
        pipeline.removeNetwork(id);
      }
    }
  }

  void poll(FrameHandler handler, int limit, int waitMillis) throws IOException {
    group.poll(handler, limit, waitMillis);
  }

  /** Pins the calling thread, which is the one that will poll, to the configured CPUs. */
  void pin() throws IOException {
    CaptureSources.pin(settings);
  }

  CaptureGroup group() {
    return group;
  }

  /** Closes every capture. The metering thread must have ended. */
  @Override
  public void close() {
    for (int id : opened.keySet()) {
      if (!group.has(id)) {
        rejected(id);
      }
    }
    group.close();
  }
}
