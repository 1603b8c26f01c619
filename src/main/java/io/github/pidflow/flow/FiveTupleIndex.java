package io.github.pidflow.flow;

import java.util.Arrays;

/**
 * Maps the five-tuples of network namespaces, and for datagrams their interfaces, to small
 * integers, so that what is kept per five-tuple can be in plain arrays: a lookup per packet must
 * neither box nor allocate.
 *
 * <p>A hash table with open addressing and linear probing. A removal moves later entries of its run
 * back, so there are no tombstones. Ids of removed tuples are reused. For one writer; an index that
 * is no longer written to may be read by any thread it was published to.
 */
public final class FiveTupleIndex {
  /** The result of {@code find} if the tuple is absent, and of {@code add} if the index is full. */
  public static final int NONE = -1;

  private static final int WORDS = 6;

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

  /** The id of a segment's five-tuple, or {@link #NONE}. */
  public int find(Segment segment) {
    return slots[slotOf(segment)];
  }

  /**
   * The id of the entry that matches a segment in this way, or {@link #NONE}.
   *
   * @param device of the entry, 0 for one without
   */
  public int find(Segment segment, SocketMatch match, int device) {
    if (match == SocketMatch.EXACT) {
      return slots[
          slot(
              ports(segment),
              segment.localHigh(),
              segment.localLow(),
              segment.remoteHigh(),
              segment.remoteLow(),
              device)];
    }
    long high = segment.localHigh();
    long low = segment.localLow();
    if (match.isWildcard()) {
      low = IpAddress.anyLow(high, low);
      high = 0;
    }
    int localPort = match.isRaw() ? 0 : segment.localPort();
    long ports = FlowHash.ports(segment.namespace(), segment.protocol(), localPort, 0);
    return slots[slot(ports, high, low, 0, 0, device)];
  }

  /** The id of a socket's five-tuple, or {@link #NONE}. */
  public int find(SocketKey key) {
    return slots[slotOf(key)];
  }

  /** The id of a segment's five-tuple, added if it is absent; {@link #NONE} if there is no room. */
  public int add(Segment segment) {
    int slot = slotOf(segment);
    if (slots[slot] == NONE && freeCount > 0) {
      int at = allocate(slot);
      words[at] = ports(segment);
      words[at + 1] = segment.localHigh();
      words[at + 2] = segment.localLow();
      words[at + 3] = segment.remoteHigh();
      words[at + 4] = segment.remoteLow();
      words[at + 5] = segment.flowInterface();
    }
    return slots[slot];
  }

  /** The id of a socket's five-tuple, added if it is absent; {@link #NONE} if there is no room. */
  public int add(SocketKey key) {
    int slot = slotOf(key);
    if (slots[slot] == NONE && freeCount > 0) {
      int at = allocate(slot);
      words[at] = ports(key);
      words[at + 1] = key.localHigh();
      words[at + 2] = key.localLow();
      words[at + 3] = key.remoteHigh();
      words[at + 4] = key.remoteLow();
      words[at + 5] = key.device();
    }
    return slots[slot];
  }

  /** Puts a free id into a slot and answers where its words are. */
  private int allocate(int slot) {
    int id = freeIds[--freeCount];
    slots[slot] = id;
    return id * WORDS;
  }

  /** The five-tuple of an id in use. */
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
        (int) ports & 0xffff,
        (int) words[at + 5]);
  }

  /** Sets a segment to the five-tuple of an id in use, in direction TX. */
  public void read(int id, Segment segment) {
    int at = id * WORDS;
    long ports = words[at];
    segment.namespace((int) (ports >>> 40));
    segment.protocol((int) (ports >>> 32) & 0xff);
    segment.addresses(words[at + 1], words[at + 2], words[at + 3], words[at + 4]);
    segment.ports((int) (ports >>> 16) & 0xffff, (int) ports & 0xffff);
    segment.direction(Direction.TX);
  }

  /** Removes the tuple of an id in use. */
  public void remove(int id) {
    int hole = slotOf(id);
    freeIds[freeCount++] = id;
    for (int next = hole + 1 & mask; slots[next] != NONE; next = next + 1 & mask) {
      int home = home(slots[next]);
      // An entry must not move to a slot before its home.
      if ((next - home & mask) >= (next - hole & mask)) {
        slots[hole] = slots[next];
        hole = next;
      }
    }
    slots[hole] = NONE;
  }

  private int slotOf(Segment segment) {
    return slot(
        ports(segment),
        segment.localHigh(),
        segment.localLow(),
        segment.remoteHigh(),
        segment.remoteLow(),
        segment.flowInterface());
  }

  private int slotOf(SocketKey key) {
    return slot(
        ports(key),
        key.localHigh(),
        key.localLow(),
        key.remoteHigh(),
        key.remoteLow(),
        key.device());
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
    return hash(
        words[at], words[at + 1], words[at + 2], words[at + 3], words[at + 4], words[at + 5]);
  }

  /** The slot that holds the tuple's id, or the free slot where it would be added. */
  private int slot(
      long ports, long localHigh, long localLow, long remoteHigh, long remoteLow, long device) {
    int slot = hash(ports, localHigh, localLow, remoteHigh, remoteLow, device);
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
          && words[at + 1] == localHigh
          && words[at + 5] == device) {
        return slot;
      }
      slot = slot + 1 & mask;
    }
  }

  private int hash(
      long ports, long localHigh, long localLow, long remoteHigh, long remoteLow, long device) {
    long hash = FlowHash.of(ports, localLow, remoteLow, localHigh, remoteHigh, device);
    return (int) (hash >>> 32) & mask;
  }

  private static long ports(Segment segment) {
    return FlowHash.ports(
        segment.namespace(), segment.protocol(), segment.localPort(), segment.remotePort());
  }

  private static long ports(SocketKey key) {
    return FlowHash.ports(key.namespace(), key.protocol(), key.localPort(), key.remotePort());
  }
}
