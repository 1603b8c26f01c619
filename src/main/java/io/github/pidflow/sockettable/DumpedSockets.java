package io.github.pidflow.sockettable;

import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The open sockets, as a dump lists them, within a bound. If there are more, each user has a share,
 * so that one who opens hundreds of thousands leaves those of others alone. Of a user's sockets,
 * listeners and other unconnected ones precede connections.
 *
 * <p>What exceeds the bound is not collected before it is left out: the sockets are counted, and
 * then listed a second time.
 */
public final class DumpedSockets {
  private final int max;
  private final DaemonCounters counters;
  private final List<KernelSocket> sockets = new ArrayList<>();
  private final Map<Integer, User> users = new HashMap<>();
  private int listed;

  /** Lists all open sockets. */
  @FunctionalInterface
  public interface Lister {
    /** Passes the sockets to the sink; returns the namespaces that were skipped. */
    Set<Integer> list(Consumer<KernelSocket> sink) throws IOException;
  }

  private static final class User {
    private int unconnected;
    private int connected;
    private int share;
    private int connectedShare;

    int sockets() {
      return unconnected + connected;
    }
  }

  public DumpedSockets(DaemonCounters counters) {
    this(SocketLimit.MAX_SOCKETS, counters);
  }

  DumpedSockets(int max, DaemonCounters counters) {
    this.max = max;
    this.counters = counters;
  }

  /** Collects the sockets; returns the namespaces that were skipped. */
  public Set<Integer> collect(Lister lister) throws IOException {
    Set<Integer> skipped = lister.list(this::count);
    if (listed <= max) {
      return skipped;
    }
    divide();
    sockets.clear();
    Set<Integer> skippedNow = lister.list(this::addWithinShare);
    counters.add(DaemonCounter.SOCKETS_REFUSED, listed - sockets.size());
    return skippedNow;
  }

  private void count(KernelSocket socket) {
    listed++;
    if (listed <= max) {
      sockets.add(socket);
    }
    User user = users.computeIfAbsent(socket.uid(), uid -> new User());
    if (socket.key().isConnected()) {
      user.connected++;
    } else {
      user.unconnected++;
    }
  }

  /** Those with the fewest sockets have all of theirs; the others have equal shares of the rest. */
  private void divide() {
    List<User> byNumber =
        users.values().stream().sorted(Comparator.comparingInt(User::sockets)).toList();
    int left = max;
    int usersLeft = byNumber.size();
    for (User each : byNumber) {
      each.share = Math.min(each.sockets(), left / usersLeft);
      each.connectedShare = Math.max(0, each.share - each.unconnected);
      left -= each.share;
      usersLeft--;
    }
  }

  private void addWithinShare(KernelSocket socket) {
    User user = users.get(socket.uid());
    if (user == null || user.share == 0) {
      return;
    }
    if (socket.key().isConnected()) {
      if (user.connectedShare == 0) {
        return;
      }
      user.connectedShare--;
    }
    user.share--;
    sockets.add(socket);
  }

  public List<KernelSocket> sockets() {
    return sockets;
  }
}
