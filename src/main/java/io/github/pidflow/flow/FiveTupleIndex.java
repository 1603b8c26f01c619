package io.github.pidflow.flow;

import java.util.Arrays;

/**
 * Gives each five-tuple of a network namespace a small number, so that what is known of it can
 * stand in plain arrays: a lookup a packet must neither box nor allocate.
 *
 * <p>Open addressing over ids; a removal shifts the run behind it back, so there are no tombstones.
 * Ids of removed tuples are given out again. Not for more than one writer; an index that is no
 * longer written to may be read by any thread it was published to.
 */
public final class FiveTupleIndex {
  /** What {@link #find} and {@link #add} answer when there is no such tuple, or no room. */
  public static final int NONE = -1;

  private static final int WORDS = 5;
  private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

  private final int capacity;
  private final int mask;
  private final int[] slots;
  private final long[] words;
  private final int[] freeIds;
  private int freeCount;

  public FiveTupleIndex(int capacity) {
    this.capacity = capacity;
    int slotCount = Integer.highestOneBit(Math.max(capacity, 4)) * 4;
    mask = slotCount - 1;
    slots = new int[slotCount];
    Arrays.fill(slots, NONE);
    words = new long[capacity * WORDS];
    freeIds = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      freeIds[i] = capacity - 1 - i;
    }
    freeCount = capacity;
  }

  public int size() {
    return capacity - freeCount;
  }

  /** The id of the tuple, or {@link #NONE}. */
  public int find(
      int namespace,
      int protocol,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    long ports = ports(namespace, protocol, localPort, remotePort);
    int slot = slot(ports, localHigh, localLow, remoteHigh, remoteLow);
    return slots[slot];
  }

  public int find(Segment segment) {
    return find(
        segment.namespace(),
        segment.protocol(),
        segment.localHigh(),
        segment.localLow(),
        segment.localPort(),
        segment.remoteHigh(),
        segment.remoteLow(),
        segment.remotePort());
  }

  public int find(SocketKey key) {
    return find(
        key.namespace(),
        key.protocol(),
        key.localHigh(),
        key.localLow(),
        key.localPort(),
        key.remoteHigh(),
        key.remoteLow(),
        key.remotePort());
  }

  /** The id of the tuple, which is added if it is not there; {@link #NONE} if there is no room. */
  public int add(
      int namespace,
      int protocol,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    long ports = ports(namespace, protocol, localPort, remotePort);
    int slot = slot(ports, localHigh, localLow, remoteHigh, remoteLow);
    if (slots[slot] == NONE && freeCount > 0) {
      int id = freeIds[--freeCount];
      int at = id * WORDS;
      words[at] = ports;
      words[at + 1] = localHigh;
      words[at + 2] = localLow;
      words[at + 3] = remoteHigh;
      words[at + 4] = remoteLow;
      slots[slot] = id;
    }
    return slots[slot];
  }

  public int add(Segment segment) {
    return add(
        segment.namespace(),
        segment.protocol(),
        segment.localHigh(),
        segment.localLow(),
        segment.localPort(),
        segment.remoteHigh(),
        segment.remoteLow(),
        segment.remotePort());
  }

  public int add(SocketKey key) {
    return add(
        key.namespace(),
        key.protocol(),
        key.localHigh(),
        key.localLow(),
        key.localPort(),
        key.remoteHigh(),
        key.remoteLow(),
        key.remotePort());
  }

  /** The tuple of an id that is in use. */
  public SocketKey key(int id) {
    int at = id * WORDS;
    long ports = words[at];
    return new SocketKey(
        (int) (ports >>> 40),
        (int) (ports >>> 32) & 0xff,
        words[at + 1],
        words[at + 2],
        (int) (ports >>> 16) & 0xffff,
        words[at + 3],
        words[at + 4],
        (int) ports & 0xffff);
  }

  /** Fills in the five-tuple of an id that is in use, as of a segment sent from its local side. */
  public void read(int id, Segment segment) {
    int at = id * WORDS;
    long ports = words[at];
    segment.namespace((int) (ports >>> 40));
    segment.protocol((int) (ports >>> 32) & 0xff);
    segment.addresses(words[at + 1], words[at + 2], words[at + 3], words[at + 4]);
    segment.ports((int) (ports >>> 16) & 0xffff, (int) ports & 0xffff);
    segment.direction(Direction.TX);
  }

  /** Takes an id that is in use out. */
  public void remove(int id) {
    int hole = slotOf(id);
    freeIds[freeCount++] = id;
    for (int next = hole + 1 & mask; slots[next] != NONE; next = next + 1 & mask) {
      int home = home(slots[next]);
      // Moves back unless that would put it before its home.
      if ((next - home & mask) >= (next - hole & mask)) {
        slots[hole] = slots[next];
        hole = next;
      }
    }
    slots[hole] = NONE;
  }

  private int slotOf(int id) {
    int slot = home(id);
    while (slots[slot] != id) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private int home(int id) {
    int at = id * WORDS;
    return hash(words[at], words[at + 1], words[at + 2], words[at + 3], words[at + 4]);
  }

  /** The slot that holds the tuple's id, or the free one where it would be. */
  private int slot(long ports, long localHigh, long localLow, long remoteHigh, long remoteLow) {
    int slot = hash(ports, localHigh, localLow, remoteHigh, remoteLow);
    while (true) {
      int id = slots[slot];
      if (id == NONE) {
        return slot;
      }
      int at = id * WORDS;
      if (words[at] == ports
          && words[at + 4] == remoteLow
          && words[at + 2] == localLow
          && words[at + 3] == remoteHigh
          && words[at + 1] == localHigh) {
        return slot;
      }
      slot = slot + 1 & mask;
    }
  }

  private int hash(long ports, long localHigh, long localLow, long remoteHigh, long remoteLow) {
    long hash = ports * MIX;
    hash = (hash ^ hash >>> 29 ^ localLow) * MIX;
    hash = (hash ^ hash >>> 31 ^ remoteLow) * MIX;
    hash = (hash ^ hash >>> 30 ^ localHigh) * MIX;
    hash = (hash ^ hash >>> 32 ^ remoteHigh) * MIX;
    return (int) (hash >>> 32) & mask;
  }

  private static long ports(int namespace, int protocol, int localPort, int remotePort) {
    return (long) namespace << 40 | (long) protocol << 32 | (long) localPort << 16 | remotePort;
  }
}
