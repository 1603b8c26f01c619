package io.github.pidflow.runtime;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A few slots for clients, of which none can take all. The last one is kept for a client that was
 * served in full before, so that strangers who never finish cannot keep it out. For any thread.
 *
 * @param <C> identifies a client
 */
public final class FairSlots<C> {
  private static final int MAX_KNOWN = 64;

  private final int slots;
  private final Map<C, Integer> used = new HashMap<>();
  private int inUse;

  /** Clients that were served in full, those served last at the end. */
  private final Map<C, Boolean> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<C, Boolean> eldest) {
          return size() > MAX_KNOWN;
        }
      };

  public FairSlots(int slots) {
    this.slots = slots;
  }

  /** Takes a slot for a client; false if it has as many as it may, or none is free for it. */
  public synchronized boolean tryAcquire(C client) {
    int free = slots - inUse;
    boolean isFree = free > 1 || (free == 1 && known.containsKey(client));
    if (!isFree || used.getOrDefault(client, 0) >= slots - 1) {
      return false;
    }
    used.merge(client, 1, Integer::sum);
    inUse++;
    return true;
  }

  /** Returns a slot that the client has taken. */
  public synchronized void release(C client, boolean servedInFull) {
    inUse--;
    used.computeIfPresent(client, (each, count) -> count == 1 ? null : count - 1);
    if (servedInFull) {
      known.put(client, true);
    }
  }
}
