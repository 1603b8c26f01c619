package io.github.pidflow.ownership;

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
 * What is known of each five-tuple, as maps to write to and as the layers of a {@link SocketTable}
 * made of them. What comes goes into the smallest layer, which is made anew for each table; when it
 * has grown it is put into the one below it. So a socket that comes costs some fifty entries to be
 * copied, and not all that are known.
 */
final class SocketLayers {
  private static final int MAX_FRESH = 64;
  private static final int MIN_LEARNT = 1024;

  /** The large layer is made anew each time this part of it has been learnt. */
  private static final int SCANNED_SHARE = 8;

  private final SocketLimit limit;
  private final Map<SocketKey, KnownSocket> scanned = new HashMap<>();

  /** Since the scan: stands before what was scanned. */
  private final Map<SocketKey, KnownSocket> learnt = new HashMap<>();

  /** Those of the learnt that are not in their layer yet. */
  private final Map<SocketKey, KnownSocket> fresh = new HashMap<>();

  /** The five-tuples learnt of each open datagram socket, by its cookie. */
  private final Map<Long, Set<SocketKey>> datagrams = new HashMap<>();

  /** Null while it has to be made anew. */
  private SocketTable.Layer scannedLayer = SocketTable.Layer.EMPTY;

  private SocketTable.Layer learntLayer = SocketTable.Layer.EMPTY;

  SocketLayers(SocketLimit limit) {
    this.limit = limit;
  }

  KnownSocket get(SocketKey key) {
    KnownSocket known = learnt.get(key);
    return known != null ? known : scanned.get(key);
  }

  void put(SocketKey key, KnownSocket known) {
    learnt.put(key, known);
    fresh.put(key, known);
    boolean datagram = key.protocol() != Protocol.TCP && known.cookie() != 0;
    if (datagram && known.isOpen()) {
      datagrams.computeIfAbsent(known.cookie(), cookie -> new HashSet<>()).add(key);
    }
    if (learnt.size() > Math.max(MIN_LEARNT, scanned.size() / SCANNED_SHARE)) {
      fold();
      limit.keep(scanned);
    }
  }

  /** The five-tuples learnt since the scan of a datagram socket, which forgets them. */
  Set<SocketKey> takeDatagram(long cookie) {
    Set<SocketKey> keys = datagrams.remove(cookie);
    return keys == null ? Set.of() : keys;
  }

  /** All there is, and what is newer last. */
  void forEach(BiConsumer<SocketKey, KnownSocket> visitor) {
    scanned.forEach(
        (key, known) -> {
          if (!learnt.containsKey(key)) {
            visitor.accept(key, known);
          }
        });
    learnt.forEach(visitor);
  }

  /** Changes what is known of some; the others are answered as they are. */
  void replaceAll(UnaryOperator<KnownSocket> change) {
    if (change(scanned, change)) {
      scannedLayer = null;
    }
    if (change(learnt, change)) {
      settle();
    }
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

  /** All there is, in one map to be changed by a scan: {@link #changed} is to be told if it was. */
  Map<SocketKey, KnownSocket> fold() {
    if (!learnt.isEmpty()) {
      scanned.putAll(learnt);
      learnt.clear();
      datagrams.clear();
      settle();
      scannedLayer = null;
    }
    return scanned;
  }

  void changed() {
    limit.keep(scanned);
    scannedLayer = null;
  }

  SocketTable table(List<ProcessInfo> processes) {
    if (fresh.size() > MAX_FRESH) {
      settle();
    }
    if (scannedLayer == null) {
      scannedLayer = layer(scanned);
    }
    return new SocketTable(scannedLayer, learntLayer, layer(fresh), processes);
  }

  private void settle() {
    learntLayer = layer(learnt);
    fresh.clear();
  }

  private static SocketTable.Layer layer(Map<SocketKey, KnownSocket> sockets) {
    return sockets.isEmpty()
        ? SocketTable.Layer.EMPTY
        : SocketTable.Layer.of(sockets, KnownSocket::owners);
  }
}
