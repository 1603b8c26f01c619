package io.github.pidflow.sockets;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sockets of one network namespace: their list, and news of those that are destroyed. */
final class NamespaceSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NamespaceSockets.class);

  private final int namespace;
  private final NetNamespace handle;
  private final SocketSource source;
  private final SocketDestroyEvents events;
  private final ConntrackTable translations;
  private boolean stirred = true;

  private NamespaceSockets(
      int namespace,
      NetNamespace handle,
      SocketSource source,
      SocketDestroyEvents events,
      DaemonCounters counters) {
    this.namespace = namespace;
    this.handle = handle;
    this.source = source;
    this.events = events;
    translations = new ConntrackTable(counters);
  }

  /** The sockets of the namespace the calling thread is in. */
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
    SocketSource source = SocketSources.open(settings);
    SocketDestroyEvents events = null;
    try {
      events = SocketDestroyEvents.open(namespace, counters, poller);
    } catch (NativeIoException e) {
      LOG.warn(Feature.SOCKET_DESTRUCTIONS.missing(e.getMessage()));
    }
    return new NamespaceSockets(namespace, handle, source, events, counters);
  }

  int namespace() {
    return namespace;
  }

  /** Its cookie, 0 if it is not known. */
  long netnsCookie() {
    return events == null ? 0 : events.netnsCookie();
  }

  boolean tellsDestructions() {
    return events != null;
  }

  /** Notes that something moves here, so that its list is wanted anew. */
  void stir() {
    stirred = true;
  }

  boolean isStirred() {
    return stirred || events == null;
  }

  /** See {@link SocketSource#dump}. */
  void dump(Consumer<KernelSocket> sink) throws IOException {
    stirred = false;
    inside(
        () -> {
          source.dump(socket -> sink.accept(place(socket)));
          return null;
        });
  }

  boolean canFind(int protocol) {
    return source.canFind(protocol);
  }

  /** See {@link SocketSource#find}. */
  Optional<KernelSocket> find(Miss miss) throws IOException {
    return source.find(miss).map(this::place);
  }

  /** See {@link SocketSource#candidates}. */
  List<KernelSocket> candidates(Miss miss) throws IOException {
    return inside(() -> source.candidates(miss).stream().map(this::place).toList());
  }

  /** Asks what NAT does to a flow; see {@link #translated}. */
  boolean wantTranslation(Miss miss) {
    return translations.want(miss);
  }

  boolean wantsTranslations() {
    return translations.isWanted();
  }

  /** What NAT does to the flows asked for: nothing while its table was read just now. */
  Map<Miss, ConntrackEntry> translated() throws IOException {
    return translations.isDue() ? inside(() -> translations.read(namespace)) : Map.of();
  }

  SocketSource source() {
    return source;
  }

  /** Tables of /proc/net are those of the thread that reads them. */
  private <T> T inside(NetNamespace.Action<T> action) throws IOException {
    return handle == null ? action.run() : handle.call(action);
  }

  /** See {@link SocketDestroyEvents#drain}. */
  void drainDestroyed(Consumer<KernelSocket> destroyed) throws NativeIoException {
    if (events != null) {
      stir();
      events.drain(socket -> destroyed.accept(place(socket)));
    }
  }

  private KernelSocket place(KernelSocket socket) {
    return namespace == Namespace.OWN
        ? socket
        : new KernelSocket(
            socket.key().in(namespace), socket.inode(), socket.cookie(), socket.v6Only());
  }

  @Override
  public void close() {
    source.close();
    if (events != null) {
      events.close();
    }
  }
}
