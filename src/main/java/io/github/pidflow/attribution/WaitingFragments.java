package io.github.pidflow.attribution;

import io.github.pidflow.flow.FlowHash;
import io.github.pidflow.flow.Segment;
import java.util.function.Consumer;

/**
 * Later fragments of packets whose first fragment, which has the ports, was not captured yet: some
 * senders begin with the last fragment, and networks reorder them. They wait a moment for it,
 * summed up by packet and direction.
 *
 * <p>The table is of fixed size. A packet's hash selects a bucket of four entries, of which the
 * oldest gives way: a flood of orphans shortens the wait of others and does nothing else.
 */
final class WaitingFragments {
  /** Longer than a network reorders packets. */
  static final long WAIT_NANOS = 1_000_000_000;

  static final int BUCKET_ENTRIES = 4;

  private static final int BUCKET_BITS = 8;
  private static final int CAPACITY = BUCKET_ENTRIES << BUCKET_BITS;

  /** The sum of a packet's fragments, null in places that were never used. */
  private final Segment[] sums = new Segment[CAPACITY];

  private final boolean[] used = new boolean[CAPACITY];
  private final long[] sinceNanos = new long[CAPACITY];
  private int count;
  private long bytes;

  /** Adds a fragment; if it takes the place of another packet's, those are passed on. */
  void add(Segment fragment, long nowNanos, Consumer<Segment> displaced) {
    int bucket = bucket(fragment);
    int place = find(fragment, bucket);
    if (place < 0) {
      place = freeOrOldest(bucket);
      if (used[place]) {
        displaced.accept(remove(place));
      }
      start(place, fragment, nowNanos);
    }
    Segment sum = sums[place];
    sum.sum(sum.packets() + fragment.packets(), sum.countedBytes() + fragment.countedBytes());
    bytes += fragment.countedBytes();
  }

  private void start(int place, Segment fragment, long nowNanos) {
    if (sums[place] == null) {
      sums[place] = new Segment();
    }
    sums[place].copy(fragment);
    sums[place].sum(0, 0);
    sinceNanos[place] = nowNanos;
    used[place] = true;
    count++;
  }

  /**
   * Removes the fragments that waited for a packet's first one.
   *
   * @return their sum with the ports of the first, valid until the next call; null if none waited
   */
  Segment take(Segment first) {
    if (count == 0) {
      return null;
    }
    int place = find(first, bucket(first));
    if (place < 0) {
      return null;
    }
    Segment sum = remove(place);
    sum.orphanFragment(false);
    sum.protocol(first.protocol());
    sum.ports(first.sourcePort(), first.destinationPort());
    return sum;
  }

  /** Removes what has waited for too long. */
  void expire(long nowNanos, Consumer<Segment> expired) {
    for (int place = 0; count > 0 && place < CAPACITY; place++) {
      if (used[place] && nowNanos - sinceNanos[place] >= WAIT_NANOS) {
        expired.accept(remove(place));
      }
    }
  }

  /** Removes everything. */
  void removeAll(Consumer<Segment> removed) {
    for (int place = 0; count > 0 && place < CAPACITY; place++) {
      if (used[place]) {
        removed.accept(remove(place));
      }
    }
  }

  /** How many packets' fragments wait. */
  int count() {
    return count;
  }

  long bytes() {
    return bytes;
  }

  private Segment remove(int place) {
    used[place] = false;
    count--;
    bytes -= sums[place].countedBytes();
    return sums[place];
  }

  private int find(Segment segment, int bucket) {
    for (int place = bucket; place < bucket + BUCKET_ENTRIES; place++) {
      Segment sum = sums[place];
      if (used[place]
          && sum.fragmentKey() == segment.fragmentKey()
          && sum.direction() == segment.direction()
          && sum.sourceLow() == segment.sourceLow()
          && sum.destinationLow() == segment.destinationLow()
          && sum.sourceHigh() == segment.sourceHigh()
          && sum.destinationHigh() == segment.destinationHigh()) {
        return place;
      }
    }
    return -1;
  }

  private int freeOrOldest(int bucket) {
    int oldest = bucket;
    for (int place = bucket; place < bucket + BUCKET_ENTRIES; place++) {
      if (!used[place]) {
        return place;
      }
      if (sinceNanos[place] - sinceNanos[oldest] < 0) {
        oldest = place;
      }
    }
    return oldest;
  }

  private static int bucket(Segment segment) {
    long hash =
        FlowHash.of(
            segment.fragmentKey(),
            segment.sourceLow(),
            segment.destinationLow(),
            segment.sourceHigh(),
            segment.destinationHigh(),
            0);
    return (int) (hash >>> (Long.SIZE - BUCKET_BITS)) * BUCKET_ENTRIES;
  }
}
