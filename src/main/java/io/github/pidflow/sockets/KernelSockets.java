package io.github.pidflow.sockets;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.host.Namespace;
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

/** The sockets of every network namespace that is watched. */
public final class KernelSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelSockets.class);

  /** A namespace in which nothing moves is listed every so many times: a dump costs most there. */
  private static final int QUIET_DUMPS = 8;

  private final OwnershipSettings settings;
  private final DaemonCounters counters;
  private final Supplier<List<Namespace>> watched;
  private final Poller poller;
  private final NamespaceSockets own;
  private final Map<Integer, NamespaceSockets> sockets = new HashMap<>();
  private List<Namespace> last = List.of();
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
    sockets.put(own.namespace(), own);
  }

  public static KernelSockets open(
      OwnershipSettings settings,
      DaemonCounters counters,
      Supplier<List<Namespace>> watched,
      Poller poller)
      throws IOException {
    return new KernelSockets(
        settings, counters, watched, poller, NamespaceSockets.own(settings, counters, poller));
  }

  /** Takes over the namespaces there are now. */
  @SuppressWarnings("ReferenceEquality") // the same list while nothing changed
  public void refresh() {
    List<Namespace> now = watched.get();
    if (now == last) {
      return;
    }
    last = now;
    List<Integer> ids = now.stream().map(Namespace::id).toList();
    sockets
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
      if (!sockets.containsKey(each.id())) {
        open(each);
      }
    }
  }

  private void open(Namespace namespace) {
    try {
      sockets.put(namespace.id(), NamespaceSockets.of(namespace, settings, counters, poller));
    } catch (IOException | IllegalStateException e) {
      // It may have been let go since the list was made.
      LOG.debug("sockets of network namespace {}: {}", namespace.handle(), e.getMessage());
    }
  }

  public boolean tellsDestructions() {
    return own.tellsDestructions();
  }

  /**
   * Lists the sockets of the namespaces in which something moved, or all for once.
   *
   * @return the namespaces whose sockets were not listed: nothing was sent or closed in them
   */
  public Set<Integer> dump(boolean all, Consumer<KernelSocket> sink) throws IOException {
    Set<Integer> passedBy = new HashSet<>();
    dumps++;
    for (NamespaceSockets each : sockets.values()) {
      boolean isDue = (each.namespace() + dumps) % QUIET_DUMPS == 0;
      if (each != own && !all && !isDue && !each.isStirred()) {
        passedBy.add(each.namespace());
      } else if (each == own) {
        each.dump(sink);
      } else {
        ofOther(
            () -> {
              each.dump(sink);
              return null;
            });
      }
    }
    return passedBy;
  }

  /** The cookie of a miss's network namespace, 0 if it is not known. */
  public long netnsCookie(Miss miss) {
    NamespaceSockets place = sockets.get(miss.key().namespace());
    return place == null ? 0 : place.netnsCookie();
  }

  /** Whether the socket of a miss can be asked for; otherwise only the next dump can tell. */
  public boolean canFind(Miss miss) {
    NamespaceSockets place = sockets.get(miss.key().namespace());
    if (place != null) {
      place.stir();
    }
    return place != null && place.canFind(miss.key().protocol());
  }

  public Optional<KernelSocket> find(Miss miss) throws IOException {
    NamespaceSockets place = sockets.get(miss.key().namespace());
    return place == own ? own.find(miss) : ofOther(() -> place.find(miss)).orElse(Optional.empty());
  }

  /** See {@link SocketSource#candidates}. */
  public List<KernelSocket> candidates(Miss miss) throws IOException {
    NamespaceSockets place = sockets.get(miss.key().namespace());
    if (place == null) {
      return List.of();
    }
    return place == own
        ? own.candidates(miss)
        : ofOther(() -> place.candidates(miss)).orElse(List.of());
  }

  /** Another namespace may be let go at any time; that must not keep anybody from the others. */
  private static <T> Optional<T> ofOther(NetNamespace.Action<T> action) {
    try {
      return Optional.ofNullable(action.run());
    } catch (IOException | IllegalStateException e) {
      LOG.debug("sockets of another network namespace: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** See {@link NamespaceSockets#wantTranslation}. */
  public void wantTranslation(Miss miss) {
    NamespaceSockets place = sockets.get(miss.key().namespace());
    if (place != null && !place.wantTranslation(miss)) {
      counters.increment(DaemonCounter.TRANSLATIONS_REFUSED);
    }
  }

  /** Whether flows wait for a table of NAT to be read. */
  public boolean wantsTranslations() {
    return sockets.values().stream().anyMatch(NamespaceSockets::wantsTranslations);
  }

  /** See {@link NamespaceSockets#translated}. */
  public Map<Miss, ConntrackEntry> translated() {
    Map<Miss, ConntrackEntry> found = new HashMap<>();
    for (NamespaceSockets each : sockets.values()) {
      found.putAll(ofOther(each::translated).orElse(Map.of()));
    }
    return found;
  }

  /** The list of the daemon's own namespace, for what is not done for all of them. */
  public SocketSource own() {
    return own.source();
  }

  /**
   * Hands over the sockets that were destroyed.
   *
   * @param isTold whether the poller says so of a namespace
   */
  public void drainDestroyed(IntPredicate isTold, Consumer<KernelSocket> destroyed)
      throws IOException {
    for (NamespaceSockets each : sockets.values()) {
      if (each == own || isTold.test(each.namespace())) {
        each.drainDestroyed(destroyed);
      }
    }
  }

  @Override
  public void close() {
    sockets.values().forEach(NamespaceSockets::close);
  }
}
