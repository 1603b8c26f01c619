package io.github.pidflow.host;

import io.github.pidflow.flow.FlowHash;
import java.util.Arrays;

/**
 * Packets seen a moment ago, so that another sighting of the same one can be told. A fixed number
 * of places: a packet takes the place of another whose key falls into the same one. For one thread.
 */
final class RecentSightings {
  private static final int PLACES = 1024;
  private static final int EMPTY = Integer.MIN_VALUE;

  private final long[] keys = new long[PLACES];
  private final long[] seenNanos = new long[PLACES];
  private final int[] interfaces = new int[PLACES];
  private final int[] pending = new int[PLACES];

  RecentSightings() {
    Arrays.fill(interfaces, EMPTY);
  }

  /**
   * Whether the packet was seen on another interface first, within the given time. Seen on the same
   * interface, or not at all, this sighting is the first of a new packet.
   */
  boolean wasSeenElsewhere(long key, int interfaceIndex, long timeNanos, long withinNanos) {
    int place = place(key);
    if (isRecent(place, key, timeNanos, withinNanos)) {
      if (interfaces[place] != interfaceIndex) {
        return true;
      }
      seenNanos[place] = timeNanos;
    } else {
      set(place, key, interfaceIndex, timeNanos);
    }
    return false;
  }

  /** Whether the packet was seen at all within the given time; it is not any more. */
  boolean takeSeen(long key, long timeNanos, long withinNanos) {
    int place = place(key);
    if (isRecent(place, key, timeNanos, withinNanos) && pending[place] > 0) {
      pending[place]--;
      return true;
    }
    return false;
  }

  /** Notes a sighting for {@link #takeSeen}. */
  void add(long key, long timeNanos, long withinNanos) {
    int place = place(key);
    if (!isRecent(place, key, timeNanos, withinNanos)) {
      set(place, key, 0, timeNanos);
    }
    seenNanos[place] = timeNanos;
    pending[place]++;
  }

  private boolean isRecent(int place, long key, long timeNanos, long withinNanos) {
    return interfaces[place] != EMPTY
        && keys[place] == key
        && Math.abs(timeNanos - seenNanos[place]) <= withinNanos;
  }

  private void set(int place, long key, int interfaceIndex, long timeNanos) {
    keys[place] = key;
    interfaces[place] = interfaceIndex;
    seenNanos[place] = timeNanos;
    pending[place] = 0;
  }

  private static int place(long key) {
    return (int) (FlowHash.of(key) >>> 54);
  }
}
