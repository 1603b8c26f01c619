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
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Opens a capture for each network namespace and closes it when the namespace is no longer watched.
 *
 * <p>A capture is opened at once, on the host network thread that found the namespace, and read by
 * the metering thread as soon as the namespace is published: packets sent in between wait in the
 * ring. It is handed over in a concurrent map and not by a command, since the capture must be in
 * place before its namespace is published, whatever the metering thread does meanwhile.
 *
 * <p>A namespace may end before the metering thread has seen it. What its processes sent is counted
 * all the same, by the network it had last.
 */
final class NamespaceCaptures implements NamespaceListener, AutoCloseable {
  private final CaptureSettings settings;
  private final DaemonCounters counters;
  private final CaptureGroup group;
  private final RingBudget budget = new RingBudget(RingBudget.DEFAULT_BYTES);
  private final CaptureCloser closer = new CaptureCloser();
  private final Map<Integer, Opened> opened = new ConcurrentHashMap<>();

  /** Namespaces that the metering thread has not yet let go of. */
  private final Map<Integer, Namespace> ended = new ConcurrentHashMap<>();

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
      closer.close();
      group.close();
      throw e;
    }
  }

  @Override
  public void appeared(int id, NetNamespace handle) throws IOException {
    closer.relieve();
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

  @Override
  public void ended(Namespace last) {
    ended.put(last.id(), last);
  }

  /** Adopts the namespaces there are now, and removes the others after their last frames. */
  void follow(List<Namespace> namespaces, PacketPipeline pipeline) throws IOException {
    Set<Integer> watched = new HashSet<>();
    for (Namespace each : namespaces) {
      watched.add(each.id());
      if (opened.containsKey(each.id()) && networks.get(each.id()) != each.network()) {
        adopt(each, pipeline);
        group.updateInterfaces(each.id(), each.network().interfaces());
      }
    }
    for (Iterator<Namespace> last = ended.values().iterator(); last.hasNext(); ) {
      Namespace each = last.next();
      if (!watched.contains(each.id())) {
        last.remove();
        if (opened.containsKey(each.id())) {
          adopt(each, pipeline);
        }
      }
    }
    for (int id : group.namespaces()) {
      if (!watched.contains(id)) {
        remove(id, pipeline);
      }
    }
  }

  private void adopt(Namespace namespace, PacketPipeline pipeline) throws IOException {
    int id = namespace.id();
    pipeline.putNetwork(id, namespace.network());
    if (networks.put(id, namespace.network()) == null) {
      group.add(id, opened.get(id).source);
    }
  }

  private void remove(int id, PacketPipeline pipeline) throws IOException {
    networks.remove(id);
    Opened gone = opened.remove(id);
    try {
      group.remove(id, pipeline);
    } finally {
      pipeline.removeNetwork(id);
      closer.close(
          () -> {
            gone.source.close();
            budget.release(gone.settings);
          });
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
    closer.close();
    group.close();
  }
}
