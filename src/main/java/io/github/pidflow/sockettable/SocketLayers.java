package io.github.pidflow.sockettable;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The known sockets by five-tuple, as mutable maps and as the immutable layers of {@link
 * SocketTable}s. A new socket goes into the smallest layer, which is copied for each table; when
 * that has grown, it is merged into the layer below. So a new socket costs a copy of some fifty
 * entries, and not of all.
 */
final class SocketLayers {
  private static final int MAX_FRESH = 64;
  private static final int MIN_ADDED = 1024;

  /** The large layer is rebuilt when the sockets added since the scan reach this part of it. */
  private static final int SCANNED_SHARE = 8;

  private final SocketLimit limit;
  private final Map<SocketKey, KnownSocket> scanned = new HashMap<>();

  /** Sockets added since the scan; they take precedence over the scanned. */
  private final Map<SocketKey, KnownSocket> added = new HashMap<>();

  /** Those of the added that are not in their layer yet. */
  private final Map<SocketKey, KnownSocket> fresh = new HashMap<>();

  /** The five-tuples added of each open datagram socket, by its cookie. */
  private final Map<Long, Set<SocketKey>> datagrams = new HashMap<>();

  /** Null if it must be rebuilt. */
  private SocketTable.Layer scannedLayer = SocketTable.Layer.EMPTY;

  private SocketTable.Layer addedLayer = SocketTable.Layer.EMPTY;

  SocketLayers(SocketLimit limit) {
    this.limit = limit;
  }

  KnownSocket get(SocketKey key) {
    KnownSocket known = added.get(key);
    return known != null ? known : scanned.get(key);
  }

  void put(SocketKey key, KnownSocket known) {
    added.put(key, known);
    fresh.put(key, known);
    boolean datagram = key.protocol() != Protocol.TCP && known.cookie() != 0;
    if (datagram && known.isOpen()) {
      datagrams.computeIfAbsent(known.cookie(), cookie -> new HashSet<>()).add(key);
    }
    if (added.size() > Math.max(MIN_ADDED, scanned.size() / SCANNED_SHARE)) {
      fold();
      limit.enforce(scanned);
    }
  }

  /** Removes and returns the five-tuples added of a datagram socket. */
  Set<SocketKey> removeDatagramKeys(long cookie) {
    Set<SocketKey> keys = datagrams.remove(cookie);
    return keys == null ? Set.of() : keys;
  }

  /** Visits all sockets. */
  void forEach(BiConsumer<SocketKey, KnownSocket> visitor) {
    scanned.forEach(
        (key, known) -> {
          if (!added.containsKey(key)) {
            visitor.accept(key, known);
          }
        });
    added.forEach(visitor);
  }

  /**
   * Replaces those sockets for which the operator returns another object.
   *
   * @return whether there were any
   */
  boolean replaceAll(UnaryOperator<KnownSocket> change) {
    boolean below = change(scanned, change);
    if (below) {
      scannedLayer = null;
    }
    boolean above = change(added, change);
    if (above) {
      rebuildAdded();
    }
    return below || above;
  }

  private static boolean change(
      Map<SocketKey, KnownSocket> sockets, UnaryOperator<KnownSocket> change) {
    boolean changed = false;
    for (Map.Entry<SocketKey, KnownSocket> each : sockets.entrySet()) {
      KnownSocket now = change.apply(each.getValue());
      if (now != each.getValue()) {
        each.setValue(now);
        changed = true;
      }
    }
    return changed;
  }

  /**
   * Merges all sockets into one map for a scan, which calls {@link #markChanged} if it changes it.
   */
  Map<SocketKey, KnownSocket> fold() {
    if (!added.isEmpty()) {
      scanned.putAll(added);
      added.clear();
      datagrams.clear();
      rebuildAdded();
      scannedLayer = null;
    }
    return scanned;
  }

  void markChanged() {
    limit.enforce(scanned);
    scannedLayer = null;
  }

  SocketTable table(List<ProcessInfo> processes) {
    if (fresh.size() > MAX_FRESH) {
      rebuildAdded();
    }
    if (scannedLayer == null) {
      scannedLayer = layer(scanned);
    }
    return new SocketTable(scannedLayer, addedLayer, layer(fresh), processes);
  }

  private void rebuildAdded() {
    addedLayer = layer(added);
    fresh.clear();
  }

  private static SocketTable.Layer layer(Map<SocketKey, KnownSocket> sockets) {
    return sockets.isEmpty()
        ? SocketTable.Layer.EMPTY
        : SocketTable.Layer.of(sockets, KnownSocket::owners, KnownSocket::isGroupAnswer);
  }
}
