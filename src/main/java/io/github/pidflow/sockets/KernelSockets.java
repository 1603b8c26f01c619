package io.github.pidflow.sockets;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sockets of every watched network namespace, as the kernel reports them. For one thread. */
public final class KernelSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelSockets.class);

  /** An inactive namespace is dumped once in this many dumps, since dumps are expensive. */
  private static final int DUMPS_PER_INACTIVE_DUMP = 8;

  private final OwnershipSettings settings;
  private final DaemonCounters counters;
  private final Supplier<List<Namespace>> watched;
  private final Poller poller;
  private final NamespaceSockets own;
  private final FiveTupleRestorer restorer;
  private final RawSocketWatch rawSockets = new RawSocketWatch();
  private final Map<Integer, NamespaceSockets> byNamespace = new HashMap<>();
  private List<Namespace> lastWatched = List.of();
  private int dumps;

  private KernelSockets(
      OwnershipSettings settings,
      DaemonCounters counters,
      Supplier<List<Namespace>> watched,
      Poller poller,
      NamespaceSockets own) {
    this.settings = settings;
    this.counters = counters;
    this.watched = watched;
    this.poller = poller;
    this.own = own;
    restorer = FiveTupleRestorer.open(settings.noteCreations());
    byNamespace.put(own.namespace(), own);
  }

  /**
   * Opens the sockets of the calling thread's network namespace; {@link #refresh} adds the others.
   *
   * @param watched the other namespaces, the same list while nothing has changed
   * @param poller is registered with, to wake up when sockets are destroyed
   */
  public static KernelSockets open(
      OwnershipSettings settings,
      DaemonCounters counters,
      Supplier<List<Namespace>> watched,
      Poller poller)
      throws IOException {
    return new KernelSockets(
        settings, counters, watched, poller, NamespaceSockets.own(settings, counters, poller));
  }

  /**
   * Tries to list sockets through sock_diag.
   *
   * @throws NativeIoException if the kernel does not support it, with the cause
   */
  public static void probeSockDiag(OwnershipSettings settings) throws NativeIoException {
    SockDiagSource.open(new ProcNetSource(settings.procRoot())).close();
  }

  /**
   * Tries to subscribe to the kernel's reports of closed sockets.
   *
   * @throws NativeIoException if the kernel refuses
   */
  public static void probeDestructions() throws NativeIoException {
    try (Poller poller = Poller.open()) {
      SocketDestroyEvents.open(Namespace.OWN, new DaemonCounters(), poller).close();
    }
  }

  /** Opens newly watched namespaces and closes those that are no longer watched. */
  @SuppressWarnings("ReferenceEquality") // the same list while nothing has changed
  public void refresh() {
    List<Namespace> now = watched.get();
    if (now == lastWatched) {
      return;
    }
    lastWatched = now;
    List<Integer> ids = now.stream().map(Namespace::id).toList();
    byNamespace
        .values()
        .removeIf(
            each -> {
              boolean gone = each != own && !ids.contains(each.namespace());
              if (gone) {
                each.close();
              }
              return gone;
            });
    for (Namespace each : now) {
      if (!byNamespace.containsKey(each.id())) {
        open(each);
      }
    }
  }

  private void open(Namespace namespace) {
    try {
      byNamespace.put(namespace.id(), NamespaceSockets.of(namespace, settings, counters, poller));
    } catch (IOException | IllegalStateException e) {
      // The namespace may have been released since the list was made.
      LOG.debug(
          "cannot open the sockets of network namespace {}: {}",
          namespace.handle(),
          e.getMessage());
    }
  }

  /** Returns whether the kernel reports destroyed sockets. */
  public boolean reportsDestructions() {
    return own.reportsDestructions();
  }

  /**
   * Passes the sockets of active namespaces to the sink, and in turn those of inactive ones.
   *
   * @param all whether to include every inactive namespace
   * @return the namespaces that were skipped: no socket in them was looked up or destroyed
   */
  public Set<Integer> dump(boolean all, Consumer<KernelSocket> sink) throws IOException {
    Set<Integer> skipped = new HashSet<>();
    dumps++;
    for (NamespaceSockets each : byNamespace.values()) {
      boolean isDue = (each.namespace() + dumps) % DUMPS_PER_INACTIVE_DUMP == 0;
      if (each != own && !all && !isDue && !each.isActive()) {
        skipped.add(each.namespace());
      } else if (each == own) {
        each.dump(sink);
      } else {
        tolerant(
            () -> {
              each.dump(sink);
              return null;
            });
      }
    }
    return skipped;
  }

  /** Lists the sockets with the namespace, protocol and local port of a key. */
  public List<KernelSocket> dumpPort(SocketKey port) throws IOException {
    NamespaceSockets sockets = byNamespace.get(port.namespace());
    if (sockets == null) {
      return List.of();
    }
    return sockets == own
        ? own.dumpPort(port.protocol(), port.localPort())
        : tolerant(() -> sockets.dumpPort(port.protocol(), port.localPort())).orElse(List.of());
  }

  /** The cookie of a miss's network namespace, 0 if it is not known. */
  public long netnsCookie(Miss miss) {
    NamespaceSockets sockets = byNamespace.get(miss.key().namespace());
    return sockets == null ? 0 : sockets.netnsCookie();
  }

  /**
   * Returns whether {@link #find} supports a miss; if not, only the next dump can find its socket.
   * Marks the miss's namespace as active.
   */
  public boolean canFind(Miss miss) {
    NamespaceSockets sockets = byNamespace.get(miss.key().namespace());
    if (sockets != null) {
      sockets.markActive();
    }
    return sockets != null && sockets.canFind(miss.key().protocol());
  }

  /** See {@link SocketSource#find}. */
  public Optional<KernelSocket> find(Miss miss) throws IOException {
    Optional<KernelSocket> found = findOn(miss);
    // A socket may be bound to the interface or to its VRF.
    return found.isPresent() || miss.vrfIndex() == 0 ? found : findOn(miss.on(miss.vrfIndex()));
  }

  private Optional<KernelSocket> findOn(Miss miss) throws IOException {
    NamespaceSockets sockets = byNamespace.get(miss.key().namespace());
    return sockets == own
        ? own.find(miss)
        : tolerant(() -> sockets.find(miss)).orElse(Optional.empty());
  }

  /** See {@link SocketSource#candidates}. */
  public List<KernelSocket> candidates(Miss miss) throws IOException {
    NamespaceSockets sockets = byNamespace.get(miss.key().namespace());
    if (sockets == null) {
      return List.of();
    }
    return sockets == own
        ? own.candidates(miss)
        : tolerant(() -> sockets.candidates(miss)).orElse(List.of());
  }

  /** Another namespace may be released at any time, which must not affect the remaining ones. */
  private static <T> Optional<T> tolerant(NetNamespace.Action<T> action) {
    try {
      return Optional.ofNullable(action.run());
    } catch (IOException | IllegalStateException e) {
      LOG.debug("cannot read the sockets of another network namespace: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Looks up the connection tracking entry of a flow that NAT changes. */
  public Optional<ConntrackEntry> findConntrack(SocketKey flow) {
    NamespaceSockets sockets = byNamespace.get(flow.namespace());
    return sockets == null
        ? Optional.empty()
        : tolerant(() -> sockets.findConntrack(flow)).orElse(Optional.empty());
  }

  /** Returns whether the kernel supports {@link #findConntrack} for a miss. */
  public boolean canFindConntrack(Miss miss) {
    NamespaceSockets sockets = byNamespace.get(miss.key().namespace());
    return sockets != null && sockets.canFindConntrack();
  }

  /** Queues a flow for the next read of its namespace's connection tracking table. */
  public void requestConntrack(Miss miss) {
    NamespaceSockets sockets = byNamespace.get(miss.key().namespace());
    if (sockets != null && !tolerant(() -> sockets.requestConntrack(miss)).orElse(true)) {
      counters.increment(DaemonCounter.TRANSLATIONS_REFUSED);
    }
  }

  /** Returns whether the local address of a key is one of its namespace's, as routes tell. */
  public boolean isLocal(SocketKey key) {
    NamespaceSockets sockets = byNamespace.get(key.namespace());
    return sockets == null || tolerant(() -> sockets.isLocal(key)).orElse(true);
  }

  /** Returns whether flows are queued for a connection tracking table. */
  public boolean hasConntrackRequests() {
    return byNamespace.values().stream().anyMatch(NamespaceSockets::hasConntrackRequests);
  }

  /** Reads the connection tracking tables that are due; returns the entries of queued flows. */
  public Map<Miss, ConntrackEntry> pollConntrack() {
    Map<Miss, ConntrackEntry> found = new HashMap<>();
    for (NamespaceSockets each : byNamespace.values()) {
      found.putAll(tolerant(each::pollConntrack).orElse(Map.of()));
    }
    return found;
  }

  /**
   * Returns whether a raw socket of pidflow's own namespace was opened or closed since the last
   * call, false if that was checked just now.
   */
  public boolean haveRawSocketsChanged() throws IOException {
    return rawSockets.hasChanged(own.source());
  }

  /** Returns whether raw sockets were open when that was last checked. */
  public boolean hasRawSockets() {
    return rawSockets.hasSockets();
  }

  /**
   * Passes the sockets of pidflow's own namespace that can send packets of any protocol to the
   * sink: raw sockets of IPPROTO_RAW, and packet sockets that do more than receive into a ring.
   */
  public void dumpSenders(Consumer<KernelSocket> sink) throws IOException {
    own.source().dumpSenders(sink);
  }

  /**
   * Returns whether a packet socket that may send, or a raw socket of any protocol, is open in any
   * namespace.
   */
  public boolean hasSenders() {
    return byNamespace.values().stream().anyMatch(each -> tolerant(each::hasSenders).orElse(false));
  }

  /** Returns whether pidflow's own network namespace forwards packets. */
  public boolean isForwarding() {
    return Forwarding.isEnabled(settings.procRoot());
  }

  /**
   * Passes the sockets destroyed since the last call to the sink.
   *
   * @param isReady whether the poller reported a token
   */
  public void drainDestroyed(IntPredicate isReady, Consumer<KernelSocket> sink) throws IOException {
    for (NamespaceSockets each : byNamespace.values()) {
      if (each == own || isReady.test(SocketDestroyEvents.token(each.namespace()))) {
        each.drainDestroyed(destroyed -> sink.accept(restorer.restore(destroyed)));
      }
    }
  }

  @Override
  public void close() {
    byNamespace.values().forEach(NamespaceSockets::close);
    restorer.close();
  }
}
