package io.github.pidflow.accounting;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.ownership.SocketOwner;
import io.github.pidflow.ownership.SocketTable;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The reference for {@link TrafficMeter}'s sums in its simplest form: a map of parked bytes. */
final class ReferenceMeter {
  private static final long MAX_AGE_NANOS = 5 * Samples.SECOND;

  private final int capacity;
  final Map<SocketKey, Parked> parked = new LinkedHashMap<>();
  final Map<UnattributedReason, Long> unattributed = new EnumMap<>(UnattributedReason.class);
  long captured;
  long forwarded;
  long attributedRx;
  long attributedTx;

  private static final class Parked {
    private final long sinceNanos;
    private long rx;
    private long tx;

    private Parked(long sinceNanos) {
      this.sinceNanos = sinceNanos;
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

  /** Returns whether there was room. */
  boolean park(SocketKey key, Direction direction, long bytes, long now) {
    if (!parked.containsKey(key) && parked.size() == capacity) {
      return false;
    }
    captured += bytes;
    Parked flow = parked.computeIfAbsent(key, ignored -> new Parked(now));
    if (direction == Direction.TX) {
      flow.tx += bytes;
    } else {
      flow.rx += bytes;
    }
    return true;
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
