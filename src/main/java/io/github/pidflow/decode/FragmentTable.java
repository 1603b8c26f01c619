package io.github.pidflow.decode;

import io.github.pidflow.flow.FlowHash;
import io.github.pidflow.flow.Segment;

/**
 * Remembers the ports of fragmented packets: only the first fragment carries them, and later ones
 * look them up here.
 *
 * <p>The table is one array of fixed size. A packet's hash selects a bucket of four entries; a new
 * packet takes a free or expired entry in it, otherwise the oldest one. A flood of fragments can
 * therefore evict the ports of other packets, but takes neither memory nor time. An entry fills a
 * cache line:
 *
 * <pre>
 *   | source high | source low | destination high | destination low | tag | ports | time | - |
 *
 *   tag    namespace, 1 bit for "in use", protocol of the key (8 bits), identification (32)
 *   ports  transport protocol (8 bits), source port (16), destination port (16)
 * </pre>
 */
final class FragmentTable {
  /** How long the kernel waits for missing fragments ({@code net.ipv4.ipfrag_time}). */
  static final long MAX_AGE_NANOS = 30_000_000_000L;

  static final int BUCKET_ENTRIES = 4;

  private static final int BUCKET_BITS = 10;
  static final int CAPACITY = BUCKET_ENTRIES << BUCKET_BITS;

  private static final int SOURCE_HIGH = 0;
  private static final int SOURCE_LOW = 1;
  private static final int DESTINATION_HIGH = 2;
  private static final int DESTINATION_LOW = 3;
  private static final int TAG = 4;
  private static final int PORTS = 5;
  private static final int TIME = 6;
  private static final int ENTRY_LONGS = 8;

  private static final long IN_USE = 1L << 40;
  private static final int NOT_FOUND = -1;

  private final long[] entries = new long[CAPACITY * ENTRY_LONGS];

  /**
   * Stores the ports and the protocol of a first fragment.
   *
   * @return whether this evicted those of another packet
   */
  boolean remember(Segment first, int keyProtocol, int identification) {
    long tag = tag(first, keyProtocol, identification);
    first.fragmentKey(tag);
    int bucket = bucket(first, tag);
    int entry = find(first, bucket, tag);
    boolean evicts = false;
    if (entry == NOT_FOUND) {
      entry = victim(bucket, first.timestampNanos());
      evicts = entries[entry + TAG] != 0 && !isExpired(entry, first.timestampNanos());
    }
    entries[entry + SOURCE_HIGH] = first.sourceHigh();
    entries[entry + SOURCE_LOW] = first.sourceLow();
    entries[entry + DESTINATION_HIGH] = first.destinationHigh();
    entries[entry + DESTINATION_LOW] = first.destinationLow();
    entries[entry + TAG] = tag;
    entries[entry + PORTS] =
        (long) first.protocol() << 32 | (long) first.sourcePort() << 16 | first.destinationPort();
    entries[entry + TIME] = first.timestampNanos();
    return evicts;
  }

  /** Sets a later fragment's ports and protocol; false if its first fragment is not known. */
  boolean recall(Segment later, int keyProtocol, int identification) {
    long tag = tag(later, keyProtocol, identification);
    later.fragmentKey(tag);
    int entry = find(later, bucket(later, tag), tag);
    if (entry == NOT_FOUND || isExpired(entry, later.timestampNanos())) {
      return false;
    }
    long ports = entries[entry + PORTS];
    later.protocol((int) (ports >>> 32));
    later.ports((int) (ports >>> 16) & 0xffff, (int) ports & 0xffff);
    return true;
  }

  private int find(Segment segment, int bucket, long tag) {
    for (int i = 0, entry = bucket; i < BUCKET_ENTRIES; i++, entry += ENTRY_LONGS) {
      if (entries[entry + TAG] == tag
          && entries[entry + SOURCE_LOW] == segment.sourceLow()
          && entries[entry + DESTINATION_LOW] == segment.destinationLow()
          && entries[entry + SOURCE_HIGH] == segment.sourceHigh()
          && entries[entry + DESTINATION_HIGH] == segment.destinationHigh()) {
        return entry;
      }
    }
    return NOT_FOUND;
  }

  private int victim(int bucket, long nowNanos) {
    int oldest = bucket;
    for (int i = 0, entry = bucket; i < BUCKET_ENTRIES; i++, entry += ENTRY_LONGS) {
      if (entries[entry + TAG] == 0 || isExpired(entry, nowNanos)) {
        return entry;
      }
      if (entries[entry + TIME] < entries[oldest + TIME]) {
        oldest = entry;
      }
    }
    return oldest;
  }

  /** An entry from the future has expired too: otherwise a clock set back would keep it long. */
  private boolean isExpired(int entry, long nowNanos) {
    return Math.abs(nowNanos - entries[entry + TIME]) > MAX_AGE_NANOS;
  }

  private static long tag(Segment segment, int keyProtocol, int identification) {
    return (long) segment.namespace() << 41
        | IN_USE
        | (long) keyProtocol << 32
        | (identification & 0xffff_ffffL);
  }

  /** Index of the bucket's first entry. */
  private static int bucket(Segment segment, long tag) {
    long hash =
        FlowHash.of(
            tag,
            segment.sourceLow(),
            segment.destinationLow(),
            segment.sourceHigh(),
            segment.destinationHigh(),
            0);
    return (int) (hash >>> (Long.SIZE - BUCKET_BITS)) * BUCKET_ENTRIES * ENTRY_LONGS;
  }
}
