package io.github.pidflow.sockettable;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.sockets.KernelSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Updates the known sockets from one dump of the open ones. An unchanged socket is only marked as
 * seen, so a scan of thousands allocates next to nothing.
 */
public final class SocketScan {
  /** TIME_WAIT: how long packets of a closed connection may arrive. */
  private static final long LINGER_NANOS = 60_000_000_000L;

  private final Map<SocketKey, KnownSocket> known;
  private final KnownSockets histories;
  private final List<KernelSocket> open;
  private final Start start;
  private final long startNanos;
  private boolean changed;

  /** When the sockets were listed, on the clock of the kernel's reports and on that of packets. */
  public record Start(long bootNanos, long steadyNanos) {
    public static Start now() {
      return new Start(BootClock.bootNanos(), BootClock.steadyNanos());
    }
  }

  /**
   * @param known the known sockets, updated in place
   * @param open the dump
   * @param histories adds a new owner to the history of a five-tuple
   * @param start when the dump began; unique to this scan
   */
  SocketScan(
      Map<SocketKey, KnownSocket> known,
      List<KernelSocket> open,
      KnownSockets histories,
      Start start) {
    this.known = known;
    this.open = open;
    this.histories = histories;
    this.start = start;
    startNanos = start.steadyNanos;
  }

  Start start() {
    return start;
  }

  void forEach(BiConsumer<SocketKey, KnownSocket> action) {
    known.forEach(action);
  }

  /** Whether any known socket changed. */
  public boolean hasChanged() {
    return changed;
  }

  /**
   * Updates the open sockets whose owner is known.
   *
   * @return the others, whose owner must be searched, for {@link #updateUnowned}
   */
  public List<KernelSocket> updateOwned(Function<KernelSocket, Optional<SocketOwner>> owners) {
    List<KernelSocket> unowned = new ArrayList<>();
    Map<SocketKey, KnownSocket> news = new HashMap<>();
    for (KernelSocket socket : open) {
      KnownSocket last = known.get(socket.key());
      // A socket without a file was closed by its process, which still owns it.
      boolean keepsOwner = socket.inode() == 0 && last != null && last.cookie() == socket.cookie();
      SocketOwner owner = keepsOwner ? last.owner() : owners.apply(socket).orElse(null);
      if (owner == null) {
        unowned.add(socket);
      } else if (!news.containsKey(socket.key()) && isUnchanged(last, socket, owner)) {
        last.markSeen(startNanos);
      } else {
        add(news, socket, last, owner);
      }
    }
    news.forEach(this::update);
    return unowned;
  }

  /** Updates the rest. */
  public void updateUnowned(List<KernelSocket> rest, Function<KernelSocket, SocketOwner> owners) {
    Map<SocketKey, KnownSocket> news = new HashMap<>();
    for (KernelSocket socket : rest) {
      add(news, socket, known.get(socket.key()), owners.apply(socket));
    }
    news.forEach(this::update);
  }

  private void add(
      Map<SocketKey, KnownSocket> news, KernelSocket socket, KnownSocket last, SocketOwner owner) {
    SocketKey key = socket.key();
    SocketOwner confirmed = owner.confirmed(startNanos);
    boolean seen = last != null && last.isSeenBy(startNanos);
    KnownSocket sharer = seen ? news.getOrDefault(key, last) : news.get(key);
    news.put(
        key,
        sharer == null
            ? histories.append(last, key, socket, confirmed)
            : KnownSocket.merge(histories.alone(last, socket, confirmed), sharer));
  }

  private void update(SocketKey key, KnownSocket now) {
    KnownSocket last = known.get(key);
    // Several sockets with one key have no cookie, and neither has a connection from /proc/net. The
    // connection may have been replaced by another; the several are compared by owner.
    boolean several = now.cookie() == 0 && !(key.protocol() == Protocol.TCP && key.isConnected());
    boolean unchanged =
        several && last != null && last.isOpen() && last.isUnchanged(0, now.owner());
    KnownSocket latest = unchanged ? last : now;
    latest.markSeen(startNanos);
    changed |= known.put(key, latest) != latest;
  }

  /** Updates the IPv4 alias of IPv6 wildcard sockets, unless an IPv4 socket has that key. */
  void updateIpv4Aliases() {
    for (KernelSocket socket : open) {
      if (socket.takesIpv4()) {
        SocketKey alias = socket.ipv4Alias();
        KnownSocket last = known.get(alias);
        SocketOwner owner = known.get(socket.key()).owner();
        if (isUnchanged(last, socket, owner)) {
          last.markSeen(startNanos);
        } else if (last == null || !last.isSeenBy(startNanos)) {
          update(alias, histories.append(last, alias, socket, owner));
        }
      }
    }
  }

  private static boolean isUnchanged(KnownSocket last, KernelSocket socket, SocketOwner owner) {
    return last != null && last.isSame(socket) && last.isUnchanged(socket.cookie(), owner);
  }

  /**
   * Closes the sockets that the dump does not have, and forgets those closed long ago.
   *
   * @param skipped the namespaces that were not dumped: their sockets stay as they are
   */
  void closeAbsent(Set<Integer> skipped, long nowNanos) {
    Iterator<Map.Entry<SocketKey, KnownSocket>> entries = known.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<SocketKey, KnownSocket> each = entries.next();
      KnownSocket socket = each.getValue();
      boolean stays = socket.isOpen() && skipped.contains(each.getKey().namespace());
      if (!stays && !socket.isSeenBy(startNanos)) {
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
