package io.github.pidflow.host;

import java.util.Collection;

/** An immutable set of 128-bit addresses, looked up once per packet: open addressing, no boxing. */
final class AddressSet {
  private final long[] words;
  private final boolean[] used;
  private final int mask;

  AddressSet(Collection<InterfaceAddress> addresses) {
    int capacity = Integer.highestOneBit(Math.max(8, addresses.size() * 2)) * 2;
    mask = capacity - 1;
    words = new long[capacity * 2];
    used = new boolean[capacity];
    for (InterfaceAddress address : addresses) {
      int slot = slot(address.high(), address.low());
      words[slot * 2] = address.high();
      words[slot * 2 + 1] = address.low();
      used[slot] = true;
    }
  }

  boolean contains(long high, long low) {
    return used[slot(high, low)];
  }

  /** The slot that holds the address, or the free slot where it would go. */
  private int slot(long high, long low) {
    long hash = (high * 31 + low) * 0x9e37_79b9_7f4a_7c15L;
    int slot = (int) (hash >>> 32) & mask;
    while (used[slot] && (words[slot * 2] != high || words[slot * 2 + 1] != low)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
