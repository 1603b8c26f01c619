package io.github.pidflow.attribution;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.FiveTupleIndex;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import java.util.function.IntConsumer;

/**
 * Flows whose owner is not known yet. Segments of one five-tuple are summed up, so a flow takes one
 * place however fast it is. The number of places is bounded; how long a flow stays is up to {@link
 * Attribution}.
 */
final class ParkedFlows {
  private static final long FIRST_WAIT_NANOS = 50_000_000;
  private static final int WAIT_GROWTH = 3;

  private final FiveTupleIndex index;
  private final ParkingOrder order;
  private final boolean[] used;
  private final long[] rxBytes;
  private final long[] rxPackets;
  private final long[] txBytes;
  private final long[] txPackets;
  private final long[] firstSeenEpochNanos;
  private final long[] lastSeenEpochNanos;
  private final long[] parkedAtNanos;
  private final long[] nextLookupNanos;
  private final int[] interfaceIndex;
  private final int[] vrfIndex;
  private final boolean[] opensConnection;
  private final boolean[] startedHere;
  private final SentPackets[] sent;
  private final Segment flow = new Segment();
  private int usedEnd;
  private int openings;
  private long bytes;

  /** What became of a segment that was to be parked. */
  enum Outcome {
    /** It is the first of its flow, whose owner is to be looked up. */
    NEW,
    /** It was added to those of its flow. */
    KNOWN,
    /** There is no room for its flow. */
    FULL
  }

  ParkedFlows(int capacity) {
    index = new FiveTupleIndex(capacity);
    order = new ParkingOrder(capacity);
    used = new boolean[capacity];
    rxBytes = new long[capacity];
    rxPackets = new long[capacity];
    txBytes = new long[capacity];
    txPackets = new long[capacity];
    firstSeenEpochNanos = new long[capacity];
    lastSeenEpochNanos = new long[capacity];
    parkedAtNanos = new long[capacity];
    nextLookupNanos = new long[capacity];
    interfaceIndex = new int[capacity];
    vrfIndex = new int[capacity];
    opensConnection = new boolean[capacity];
    startedHere = new boolean[capacity];
    sent = new SentPackets[capacity];
  }

  /**
   * Adds a segment to those of its flow.
   *
   * @param rank of the flow if it is new, see {@link ParkingOrder}
   */
  Outcome add(Segment segment, int rank, long nowNanos) {
    int id = index.add(segment);
    if (id == FiveTupleIndex.NONE) {
      return Outcome.FULL;
    }
    boolean isNew = !used[id];
    if (isNew) {
      start(id, segment, nowNanos);
      order.add(id, rank);
    }
    if (segment.direction() == Direction.TX) {
      if (!segment.resetsConnection()) {
        order.raise(id, ParkingOrder.CLIENT);
      }
      if (sent[id] == null) {
        sent[id] = new SentPackets();
      }
      sent[id].add(segment);
      txBytes[id] += segment.countedBytes();
      txPackets[id] += segment.packets();
    } else {
      rxBytes[id] += segment.countedBytes();
      rxPackets[id] += segment.packets();
    }
    if (segment.opensConnection() && !opensConnection[id]) {
      opensConnection[id] = true;
      openings++;
      // From here on it is the flow of a socket that may be another.
      firstSeenEpochNanos[id] = segment.timestampNanos();
    }
    lastSeenEpochNanos[id] = segment.timestampNanos();
    bytes += segment.countedBytes();
    return isNew ? Outcome.NEW : Outcome.KNOWN;
  }

  private void start(int id, Segment segment, long nowNanos) {
    used[id] = true;
    usedEnd = Math.max(usedEnd, id + 1);
    rxBytes[id] = 0;
    rxPackets[id] = 0;
    txBytes[id] = 0;
    txPackets[id] = 0;
    firstSeenEpochNanos[id] = segment.timestampNanos();
    parkedAtNanos[id] = nowNanos;
    nextLookupNanos[id] = nowNanos + FIRST_WAIT_NANOS;
    interfaceIndex[id] = segment.interfaceIndex();
    vrfIndex[id] = segment.vrfIndex();
    opensConnection[id] = false;
    startedHere[id] = segment.direction() == Direction.TX;
  }

  /** Whether segments of a segment's flow are parked. */
  boolean contains(Segment segment) {
    return index.find(segment) != FiveTupleIndex.NONE;
  }

  /** Whether the SYN of a segment's connection is parked. */
  boolean containsOpening(Segment segment) {
    if (openings == 0) {
      return false;
    }
    int id = index.find(segment);
    return id != FiveTupleIndex.NONE && opensConnection[id];
  }

  /** Visits the id of every parked flow, which the visitor may remove. */
  void forEach(IntConsumer visitor) {
    for (int id = 0; id < usedEnd; id++) {
      if (used[id]) {
        visitor.accept(id);
      }
    }
    if (index.size() == 0) {
      usedEnd = 0;
    }
  }

  /** The flow as its first segment would look, had it been sent; valid until the next call. */
  Segment firstSegment(int id) {
    return segment(id, firstSeenEpochNanos[id], opensConnection[id]);
  }

  /** The flow as its last segment would look, had it been sent; valid until the next call. */
  Segment lastSegment(int id) {
    return segment(id, lastSeenEpochNanos[id], false);
  }

  /** What the flow has sent, null if nothing. */
  SentPackets sent(int id) {
    return sent[id];
  }

  private Segment segment(int id, long seenEpochNanos, boolean opens) {
    flow.reset(interfaceIndex[id], PacketType.UNKNOWN, 0, seenEpochNanos);
    flow.vrfIndex(vrfIndex[id]);
    index.read(id, flow);
    flow.opensConnection(opens);
    return flow;
  }

  /** Takes packets that the flow has sent out of it. Valid as the others. */
  Segment takeSent(int id, long packets, long takenBytes) {
    txPackets[id] -= packets;
    txBytes[id] -= takenBytes;
    bytes -= takenBytes;
    Segment taken = firstSegment(id);
    taken.sum(packets, takenBytes);
    return taken;
  }

  /** Takes all that the flow has sent out of it. */
  void takeSent(int id) {
    bytes -= txBytes[id];
    txPackets[id] = 0;
    txBytes[id] = 0;
    sent[id] = null;
  }

  /** Takes what the flow has received out of it, null if that is nothing. Valid as the others. */
  Segment takeReceived(int id) {
    Segment taken = sum(id, Direction.RX);
    bytes -= rxBytes[id];
    rxPackets[id] = 0;
    rxBytes[id] = 0;
    return taken;
  }

  boolean isEmpty(int id) {
    return rxPackets[id] == 0 && txPackets[id] == 0;
  }

  /** The sum of what was parked in one direction; null if there is none. Valid as the others. */
  Segment sum(int id, Direction direction) {
    boolean sent = direction == Direction.TX;
    long packets = sent ? txPackets[id] : rxPackets[id];
    if (packets == 0) {
      return null;
    }
    Segment sum = firstSegment(id);
    if (!sent) {
      sum.reverse();
    }
    sum.sum(packets, sent ? txBytes[id] : rxBytes[id]);
    return sum;
  }

  /** Whether the flow's first segment was sent, not received. */
  boolean startedHere(int id) {
    return startedHere[id];
  }

  /** Whether the flow was seen at more than one moment. */
  boolean lasted(int id) {
    return lastSeenEpochNanos[id] != firstSeenEpochNanos[id];
  }

  long ageNanos(int id, long nowNanos) {
    return nowNanos - parkedAtNanos[id];
  }

  /** Whether a socket of this host most likely has the flow, see {@link ParkingOrder}. */
  boolean isExpected(int id) {
    return order.rank(id) != ParkingOrder.STRANGER;
  }

  /** Whether it has been parked for long enough for the kernel to be asked. */
  boolean wasLookedUp(int id, long nowNanos) {
    return ageNanos(id, nowNanos) >= FIRST_WAIT_NANOS;
  }

  /** Whether the owner is to be looked up again: after ever longer waits. */
  boolean takeLookupDue(int id, long nowNanos) {
    if (nowNanos - nextLookupNanos[id] < 0) {
      return false;
    }
    nextLookupNanos[id] = nowNanos + ageNanos(id, nowNanos) * WAIT_GROWTH;
    return true;
  }

  void remove(int id) {
    bytes -= rxBytes[id] + txBytes[id];
    used[id] = false;
    order.remove(id);
    sent[id] = null;
    if (opensConnection[id]) {
      openings--;
      opensConnection[id] = false;
    }
    index.remove(id);
  }

  /** The flow that gives way to a new one of a rank, {@link ParkingOrder#NONE} if none does. */
  int givesWay(int rank) {
    return order.givesWay(rank);
  }

  long bytes() {
    return bytes;
  }

  int count() {
    return index.size();
  }
}
