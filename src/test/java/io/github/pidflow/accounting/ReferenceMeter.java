package io.github.pidflow.accounting;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.sockettable.SocketOwner;
import io.github.pidflow.sockettable.SocketTable;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The reference for {@link TrafficMeter}'s sums in its simplest form: a map of parked bytes. */
final class ReferenceMeter {
  private static final long MAX_AGE_NANOS = 5 * Samples.SECOND;
  private static final long LOOKUP_NANOS = 50_000_000;
  private static final int STRANGER = 0;
  private static final int CLIENT = 1;
  private static final int OWN = 2;

  private final int capacity;
  final Map<SocketKey, Parked> parked = new LinkedHashMap<>();
  final Map<UnattributedReason, Long> unattributed = new EnumMap<>(UnattributedReason.class);
  long captured;
  long forwarded;
  long attributedRx;
  long attributedTx;

  private static final class Parked {
    private final long sinceNanos;
    private int rank;
    private long rx;
    private long tx;

    private Parked(long sinceNanos, int rank) {
      this.sinceNanos = sinceNanos;
      this.rank = rank;
    }
  }

  ReferenceMeter(int capacity) {
    this.capacity = capacity;
  }

  void forwarded(long bytes) {
    captured += bytes;
    forwarded += bytes;
  }

  void attributed(Direction direction, long bytes) {
    captured += bytes;
    attribute(direction == Direction.RX ? bytes : 0, direction == Direction.TX ? bytes : 0);
  }

  void unattributed(UnattributedReason reason, long bytes) {
    captured += bytes;
    unattributed.merge(reason, bytes, Long::sum);
  }

  boolean isFullFor(Segment segment) {
    return !parked.containsKey(SocketKey.of(segment)) && parked.size() == capacity;
  }

  /** Returns whether there was room, or another flow gave way. */
  boolean park(SocketTable table, Segment segment, long now) {
    SocketKey key = SocketKey.of(segment);
    boolean sent = segment.direction() == Direction.TX;
    int received = table.hasUnconnected(segment) ? CLIENT : STRANGER;
    int rank = sent ? OWN : received;
    if (!parked.containsKey(key) && parked.size() == capacity && !giveWay(table, rank, now)) {
      return false;
    }
    captured += segment.countedBytes();
    Parked flow = parked.computeIfAbsent(key, ignored -> new Parked(now, rank));
    if (sent) {
      flow.tx += segment.countedBytes();
    } else {
      flow.rx += segment.countedBytes();
    }
    if (sent && flow.rank == STRANGER) {
      flow.rank = CLIENT;
      // The last of its new rank.
      parked.remove(key);
      parked.put(key, flow);
    }
    return true;
  }

  /** Removes the oldest flow of the lowest rank that is not above the given one. */
  private boolean giveWay(SocketTable table, int rank, long now) {
    for (int lowest = STRANGER; lowest <= rank; lowest++) {
      for (Map.Entry<SocketKey, Parked> each : parked.entrySet()) {
        Parked flow = each.getValue();
        if (flow.rank == lowest) {
          SocketOwner last = table.giveUp(Samples.segment(each.getKey(), Direction.TX, 0));
          boolean lookedUp = now - flow.sinceNanos >= LOOKUP_NANOS;
          if (last.process() != null) {
            attribute(flow.rx, flow.tx);
          } else {
            unattributed.merge(
                lowest == STRANGER && lookedUp ? last.reason() : UnattributedReason.PARKED_OVERFLOW,
                flow.rx + flow.tx,
                Long::sum);
          }
          parked.remove(each.getKey());
          return true;
        }
      }
    }
    return false;
  }

  void settle(SocketTable table, long now, boolean finally_) {
    Iterator<Map.Entry<SocketKey, Parked>> each = parked.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<SocketKey, Parked> entry = each.next();
      Parked flow = entry.getValue();
      Segment segment = Samples.segment(entry.getKey(), Direction.TX, 0);
      SocketOwner last = table.giveUp(segment);
      if (table.find(segment) != null) {
        attribute(flow.rx, flow.tx);
      } else if (!finally_ && now - flow.sinceNanos < MAX_AGE_NANOS) {
        continue;
      } else if (last.process() != null) {
        attribute(flow.rx, flow.tx);
      } else {
        unattributed.merge(last.reason(), flow.rx + flow.tx, Long::sum);
      }
      each.remove();
    }
  }

  long parkedBytes() {
    return parked.values().stream().mapToLong(flow -> flow.rx + flow.tx).sum();
  }

  private void attribute(long rx, long tx) {
    attributedRx += rx;
    attributedTx += tx;
  }
}
