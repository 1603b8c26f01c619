package io.github.pidflow.attribution;

import java.util.Arrays;

/**
 * Which parked flow gives way when there is no room for another: of those with the lowest rank, the
 * one that has been parked for longest. Nobody can take the places of others by sending packets
 * that belong to no socket: whoever scans ports displaces his own earlier packets.
 */
final class ParkingOrder {
  /** Received, at a port where no socket is known, and not answered. */
  static final int STRANGER = 0;

  /** Received at a port where a socket is known, or answered by anything but a reset. */
  static final int CLIENT = 1;

  /** Sent first. */
  static final int OWN = 2;

  static final int NONE = -1;

  private static final int RANKS = 3;

  private final byte[] rank;
  private final int[] next;
  private final int[] previous;
  private final int[] oldest = new int[RANKS];
  private final int[] latest = new int[RANKS];

  ParkingOrder(int capacity) {
    rank = new byte[capacity];
    next = new int[capacity];
    previous = new int[capacity];
    Arrays.fill(oldest, NONE);
    Arrays.fill(latest, NONE);
  }

  void add(int id, int flowRank) {
    int last = latest[flowRank];
    rank[id] = (byte) flowRank;
    previous[id] = last;
    next[id] = NONE;
    if (last == NONE) {
      oldest[flowRank] = id;
    } else {
      next[last] = id;
    }
    latest[flowRank] = id;
  }

  /** Moves a flow to a rank, unless it has that or a higher one already. */
  void raise(int id, int flowRank) {
    if (rank[id] < flowRank) {
      remove(id);
      add(id, flowRank);
    }
  }

  int rank(int id) {
    return rank[id];
  }

  void remove(int id) {
    int before = previous[id];
    int after = next[id];
    if (before == NONE) {
      oldest[rank[id]] = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      latest[rank[id]] = before;
    } else {
      previous[after] = before;
    }
  }

  /** The flow that gives way to one of a rank, {@link #NONE} if all rank higher. */
  int givesWay(int newRank) {
    for (int each = 0; each <= newRank; each++) {
      if (oldest[each] != NONE) {
        return oldest[each];
      }
    }
    return NONE;
  }
}
