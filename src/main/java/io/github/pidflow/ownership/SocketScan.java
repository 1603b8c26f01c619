package io.github.pidflow.ownership;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.sockets.KernelSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One comparison of what is known with a dump of what is open. Sockets that are what they were are
 * marked as seen and no more, so that a scan of thousands leaves next to no garbage.
 */
public final class SocketScan {
  /** TIME_WAIT, the longest a closed connection is heard of. */
  private static final long LINGER_NANOS = 60_000_000_000L;

  private final Map<SocketKey, KnownSocket> known;
  private final List<KernelSocket> open;
  private final Successors successors;
  private final long startNanos;
  private boolean changed;

  /**
   * @param known what it is compared with, and changed to
   * @param open what was dumped
   * @param startNanos when the dump was begun, in nanoseconds since the epoch: no two at one time
   */
  SocketScan(
      Map<SocketKey, KnownSocket> known,
      List<KernelSocket> open,
      Successors successors,
      long startNanos) {
    this.known = known;
    this.open = open;
    this.successors = successors;
    this.startNanos = startNanos;
  }

  long startNanos() {
    return startNanos;
  }

  /** Whether what is known is not what it was. */
  boolean hasChanged() {
    return changed;
  }

  /**
   * Takes over what is open and has an owner who is known.
   *
   * @return the sockets whose owner is to be sought, for {@link #see}
   */
  List<KernelSocket> seeOwned(Function<KernelSocket, Optional<SocketOwner>> owners) {
    List<KernelSocket> unowned = new ArrayList<>();
    Map<SocketKey, KnownSocket> news = new HashMap<>();
    for (KernelSocket socket : open) {
      KnownSocket last = known.get(socket.key());
      // A socket without a file is one its process has closed: it stays that process's to its end.
      boolean keeps = socket.inode() == 0 && last != null && last.cookie() == socket.cookie();
      SocketOwner owner = keeps ? last.owner() : owners.apply(socket).orElse(null);
      if (owner == null) {
        unowned.add(socket);
      } else if (!news.containsKey(socket.key()) && isStill(last, socket, owner)) {
        last.seen(startNanos);
      } else {
        add(news, socket, last, owner);
      }
    }
    news.forEach(this::see);
    return unowned;
  }

  /** Takes over the rest. */
  void see(List<KernelSocket> rest, Function<KernelSocket, SocketOwner> owners) {
    Map<SocketKey, KnownSocket> news = new HashMap<>();
    for (KernelSocket socket : rest) {
      add(news, socket, known.get(socket.key()), owners.apply(socket));
    }
    news.forEach(this::see);
  }

  private void add(
      Map<SocketKey, KnownSocket> news, KernelSocket socket, KnownSocket last, SocketOwner owner) {
    SocketKey key = socket.key();
    SocketOwner confirmed = owner.confirmed(startNanos);
    boolean seen = last != null && last.isSeenIn(startNanos);
    KnownSocket sharer = seen ? news.getOrDefault(key, last) : news.get(key);
    news.put(
        key,
        sharer == null
            ? successors.of(last, key, socket, confirmed)
            : KnownSocket.merge(successors.alone(last, socket, confirmed), sharer));
  }

  private void see(SocketKey key, KnownSocket now) {
    KnownSocket last = known.get(key);
    // What was merged of several has no cookie; what has none alone may be another than it was.
    boolean many = now.cookie() == 0 && !(key.protocol() == Protocol.TCP && key.isConnected());
    boolean still = many && last != null && last.isOpen() && last.isStill(0, now.owner());
    KnownSocket latest = still ? last : now;
    latest.seen(startNanos);
    changed |= known.put(key, latest) != latest;
  }

  /** Takes over what is open to IPv4 too, where nothing is that is open to IPv4 alone. */
  void seeAliases() {
    for (KernelSocket socket : open) {
      if (socket.takesIpv4()) {
        SocketKey alias = socket.ipv4Alias();
        KnownSocket last = known.get(alias);
        SocketOwner owner = known.get(socket.key()).owner();
        if (isStill(last, socket, owner)) {
          last.seen(startNanos);
        } else if (last == null || !last.isSeenIn(startNanos)) {
          see(alias, successors.of(last, alias, socket, owner));
        }
      }
    }
  }

  private static boolean isStill(KnownSocket last, KernelSocket socket, SocketOwner owner) {
    return Successors.isSame(last, socket) && last.isStill(socket.cookie(), owner);
  }

  /**
   * Closes what is no longer there, and forgets what closed long ago.
   *
   * @param passedBy the namespaces that were not dumped: all there is as it was
   */
  void closeUnseen(Set<Integer> passedBy, long nowNanos) {
    Iterator<Map.Entry<SocketKey, KnownSocket>> entries = known.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<SocketKey, KnownSocket> each = entries.next();
      KnownSocket socket = each.getValue();
      boolean there = socket.isOpen() && passedBy.contains(each.getKey().namespace());
      if (!there && !socket.isSeenIn(startNanos)) {
        KnownSocket closed = socket.closed(nowNanos);
        if (closed.answer() || nowNanos - closed.owner().closedAtNanos() >= LINGER_NANOS) {
          entries.remove();
          changed = true;
        } else {
          each.setValue(closed);
          changed |= closed != socket;
        }
      }
    }
  }
}
