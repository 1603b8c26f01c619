package io.github.pidflow.host;

import io.github.pidflow.linux.NetNamespace;
import java.util.HashMap;
import java.util.Map;

/**
 * The share of the watched namespaces that unprivileged users may have. Anybody can make network
 * namespaces in a loop (unshare(1) with a user namespace), and each costs a ring and some sockets.
 * So each user may have a quarter of them and some new ones a second. All such users together may
 * have three quarters, since one of them may own many user ids. Root's are not limited.
 */
final class UserShares {
  private static final int QUARTERS = 4;
  private static final int ALL_USERS_QUARTERS = 3;
  private static final Rate PER_USER = new Rate(16, 4);
  private static final Rate OF_ALL_USERS = new Rate(64, 16);
  private static final int MAX_IDLE_USERS = 1024;
  private static final double NANOS_PER_SECOND = 1e9;

  private final int perUser;
  private final Map<Long, Share> users = new HashMap<>();

  /** The owner of each namespace that was admitted, by the namespace's inode. */
  private final Map<Long, Long> owners = new HashMap<>();

  private final Share all;

  /** How many new namespaces at once, and how many a second. */
  private record Rate(int burst, int perSecond) {}

  /** What is used of a share. */
  private static final class Share {
    final Rate rate;
    final int limit;
    int watched;
    double tokens;
    long sinceNanos;

    Share(Rate rate, int limit, long nowNanos) {
      this.rate = rate;
      this.limit = limit;
      tokens = rate.burst;
      sinceNanos = nowNanos;
    }

    boolean hasRoom(long nowNanos) {
      double earned = (nowNanos - sinceNanos) / NANOS_PER_SECOND * rate.perSecond;
      tokens = Math.min(rate.burst, tokens + earned);
      sinceNanos = nowNanos;
      return watched < limit && tokens >= 1;
    }

    void spend() {
      watched++;
      tokens--;
    }

    boolean isIdle(long nowNanos) {
      hasRoom(nowNanos);
      return watched == 0 && tokens == rate.burst;
    }
  }

  /**
   * @param capacity how many namespaces are watched at most
   */
  UserShares(int capacity, long nowNanos) {
    perUser = Math.max(1, capacity / QUARTERS);
    int ofAllUsers = Math.max(1, capacity * ALL_USERS_QUARTERS / QUARTERS);
    all = new Share(OF_ALL_USERS, ofAllUsers, nowNanos);
  }

  /** Whether the owner of a new namespace may have it watched; if so, {@link #release} it later. */
  boolean admit(long inode, long ownerUid, long nowNanos) {
    if (ownerUid == NetNamespace.ROOT) {
      return true;
    }
    if (users.size() > MAX_IDLE_USERS) {
      users.values().removeIf(each -> each.isIdle(nowNanos));
    }
    Share own = users.computeIfAbsent(ownerUid, uid -> new Share(PER_USER, perUser, nowNanos));
    if (!own.hasRoom(nowNanos) || !all.hasRoom(nowNanos)) {
      return false;
    }
    own.spend();
    all.spend();
    owners.put(inode, ownerUid);
    return true;
  }

  /** Called when a namespace is no longer watched. */
  void release(long inode) {
    Long owner = owners.remove(inode);
    if (owner != null) {
      users.get(owner).watched--;
      all.watched--;
    }
  }
}
