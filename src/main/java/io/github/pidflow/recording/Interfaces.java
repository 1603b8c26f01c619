package io.github.pidflow.recording;

import io.github.pidflow.flow.LinkType;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The interfaces in a recording, by namespace, index and link type, with the numbers its file gives
 * them. The capturing thread looks them up; the writing thread reads their counts.
 */
final class Interfaces {
  static final int NONE = -1;

  private static final int WORDS = 3;

  private final List<Counts> counts = new CopyOnWriteArrayList<>();
  private int[] keys = new int[8 * WORDS];
  private int size;
  private int last;

  /** Counts the packets of one interface. */
  static final class Counts {
    private final AtomicLong received = new AtomicLong();

    /** For the capturing thread alone. */
    void add() {
      received.lazySet(received.getPlain() + 1);
    }

    long received() {
      return received.get();
    }
  }

  /** The number of an interface, or {@link #NONE} if it is new. */
  int find(int namespace, int index, LinkType link) {
    if (size > 0 && is(last, namespace, index, link)) {
      return last;
    }
    for (int id = 0; id < size; id++) {
      if (is(id, namespace, index, link)) {
        last = id;
        return id;
      }
    }
    return NONE;
  }

  /** Adds an interface, which gets the next number. */
  int add(int namespace, int index, LinkType link) {
    int at = size * WORDS;
    if (at == keys.length) {
      keys = Arrays.copyOf(keys, 2 * keys.length);
    }
    keys[at] = namespace;
    keys[at + 1] = index;
    keys[at + 2] = link.ordinal();
    counts.add(new Counts());
    return size++;
  }

  Counts counts(int id) {
    return counts.get(id);
  }

  private boolean is(int id, int namespace, int index, LinkType link) {
    int at = id * WORDS;
    return keys[at] == namespace && keys[at + 1] == index && keys[at + 2] == link.ordinal();
  }
}
