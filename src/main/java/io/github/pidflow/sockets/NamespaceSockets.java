package io.github.pidflow.sockets;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.Diagnosis;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sockets of one network namespace, with its destroy events and connection tracking table. */
final class NamespaceSockets implements AutoCloseable {
  /** Of a group of SO_REUSEPORT. The kernel is asked for each flow of a larger one anyway. */
  private static final int MAX_ON_PORT = 16_384;

  private static final Logger LOG = LoggerFactory.getLogger(NamespaceSockets.class);

  private final int namespace;
  private final NetNamespace handle;
  private final SocketSource source;
  private final SocketDestroyEvents events;
  private final ConntrackTable conntrack;

  /** Null until it is needed. */
  private LocalAddresses addresses;

  private boolean active = true;

  private NamespaceSockets(
      int namespace,
      NetNamespace handle,
      SocketSource source,
      SocketDestroyEvents events,
      ConntrackTable conntrack) {
    this.namespace = namespace;
    this.handle = handle;
    this.source = source;
    this.events = events;
    this.conntrack = conntrack;
  }

  /** Opens the sockets of the calling thread's namespace. */
  static NamespaceSockets own(OwnershipSettings settings, DaemonCounters counters, Poller poller)
      throws IOException {
    return open(Namespace.OWN, null, settings, counters, poller);
  }

  static NamespaceSockets of(
      Namespace namespace, OwnershipSettings settings, DaemonCounters counters, Poller poller)
      throws IOException {
    NetNamespace handle = namespace.handle();
    return handle.call(() -> open(namespace.id(), handle, settings, counters, poller));
  }

  private static NamespaceSockets open(
      int namespace,
      NetNamespace handle,
      OwnershipSettings settings,
      DaemonCounters counters,
      Poller poller)
      throws IOException {
    SocketSource source = SocketSource.open(settings);
    SocketDestroyEvents events = null;
    try {
      events = SocketDestroyEvents.open(namespace, counters, poller);
    } catch (NativeIoException e) {
      LOG.warn(
          Feature.SOCKET_DESTRUCTIONS.missing(
              e.getMessage(), Diagnosis.read().socketDestructionsFix(e)));
    }
    ConntrackTable conntrack = new ConntrackTable(namespace, settings.procRoot(), counters);
    return new NamespaceSockets(namespace, handle, source, events, conntrack);
  }

  int namespace() {
    return namespace;
  }

  /** The namespace's cookie, 0 if it is not known. */
  long netnsCookie() {
    return events == null ? 0 : events.netnsCookie();
  }

  boolean reportsDestructions() {
    return events != null;
  }

  /** Notes activity, so that the next dump includes this namespace. */
  void markActive() {
    active = true;
  }

  /** Returns whether there was activity since the last dump; always true without events. */
  boolean isActive() {
    return active || events == null;
  }

  /** See {@link SocketSource#dump}. */
  void dump(Consumer<KernelSocket> sink) throws IOException {
    active = false;
    inside(
        () -> {
          source.dump(socket -> sink.accept(inNamespace(socket)));
          return null;
        });
  }

  /** See {@link SocketSource#dumpPort}. */
  List<KernelSocket> dumpPort(int protocol, int port) throws IOException {
    List<KernelSocket> found = new ArrayList<>();
    return inside(
        () -> {
          source.dumpPort(
              protocol,
              port,
              socket -> {
                if (found.size() < MAX_ON_PORT) {
                  found.add(inNamespace(socket));
                }
              });
          return found;
        });
  }

  boolean canFind(int protocol) {
    return source.canFind(protocol);
  }

  /** See {@link SocketSource#find}. */
  Optional<KernelSocket> find(Miss miss) throws IOException {
    return source.find(miss).map(this::inNamespace);
  }

  /** See {@link SocketSource#candidates}. */
  List<KernelSocket> candidates(Miss miss) throws IOException {
    return inside(() -> source.candidates(miss).stream().map(this::inNamespace).toList());
  }

  /** See {@link KernelSockets#hasSenders}. */
  boolean hasSenders() throws IOException {
    AtomicBoolean any = new AtomicBoolean();
    return inside(
        () -> {
          source.dumpSenders(socket -> any.set(true));
          source.dumpRaw(socket -> any.set(true));
          return any.get();
        });
  }

  /** Looks up the connection tracking entry of a flow that NAT changes. */
  Optional<ConntrackEntry> findConntrack(SocketKey flow) throws IOException {
    return tracksConnections() ? conntrack.find(flow) : Optional.empty();
  }

  boolean canFindConntrack() {
    return conntrack.canFind();
  }

  /** Queues a flow for the next read of the connection tracking table; false if it is full. */
  boolean requestConntrack(Miss miss) throws IOException {
    return !tracksConnections() || conntrack.request(miss);
  }

  private boolean tracksConnections() throws IOException {
    return conntrack.isCountDue()
        ? inside(conntrack::tracksConnections)
        : conntrack.tracksConnections();
  }

  boolean hasConntrackRequests() {
    return conntrack.hasRequests();
  }

  /** Reads the connection tracking table if that is due; returns the entries of queued flows. */
  Map<Miss, ConntrackEntry> pollConntrack() throws IOException {
    return conntrack.isDue() ? inside(conntrack::read) : Map.of();
  }

  /** See {@link LocalAddresses#contains}. */
  boolean isLocal(SocketKey key) throws IOException {
    if (addresses == null) {
      addresses = inside(LocalAddresses::open);
    }
    return addresses.contains(key);
  }

  SocketSource source() {
    return source;
  }

  /** Runs an action in this namespace: /proc/net shows the namespace of the reading thread. */
  private <T> T inside(NetNamespace.Action<T> action) throws IOException {
    return handle == null ? action.run() : handle.call(action);
  }

  /** See {@link SocketDestroyEvents#drain}. */
  void drainDestroyed(Consumer<KernelSocket> sink) throws NativeIoException {
    if (events != null) {
      markActive();
      events.drain(socket -> sink.accept(inNamespace(socket)));
    }
  }

  private KernelSocket inNamespace(KernelSocket socket) {
    return namespace == Namespace.OWN ? socket : socket.in(namespace);
  }

  @Override
  public void close() {
    source.close();
    conntrack.close();
    if (addresses != null) {
      addresses.close();
    }
    if (events != null) {
      events.close();
    }
  }
}
