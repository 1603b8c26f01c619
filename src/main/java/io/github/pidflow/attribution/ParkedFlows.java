package io.github.pidflow.attribution;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.FiveTupleIndex;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.ownership.SocketOwner;
import io.github.pidflow.ownership.SocketTable;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.function.Consumer;

/**
 * Traffic whose owner is not known yet. Segments of one five-tuple are summed up, so a flow takes
 * one place however fast it is; the number of places and the time in them are bounded.
 *
 * <p>A flow's owner is asked for when it is parked, and again after ever longer waits, since its
 * socket may not have been accepted, or its process not been found, the time before.
 */
public final class ParkedFlows {
  private static final long FIRST_WAIT_NANOS = 50_000_000;
  private static final int WAIT_GROWTH = 3;

  private final FiveTupleIndex index;
  private final boolean[] used;
  private final long[] rxBytes;
  private final long[] rxPackets;
  private final long[] txBytes;
  private final long[] txPackets;
  private final long[] firstSeenEpochNanos;
  private final long[] lastSeenEpochNanos;
  private final long[] parkedAtNanos;
  private final long[] nextAskNanos;
  private final int[] interfaceIndex;
  private final boolean[] opensConnection;
  private final boolean[] begunHere;
  private long maxAgeNanos;
  private final Segment flow = new Segment();
  private Settlement settlement;
  private int usedEnd;
  private int openings;
  private long bytes;

  /** What became of a segment that was to be parked. */
  public enum Outcome {
    /** It is the first of its flow, whose owner is to be asked for. */
    NEW,
    /** Others of its flow wait already. */
    KNOWN,
    /** There is no room. */
    FULL
  }

  public ParkedFlows(AccountingSettings settings) {
    int capacity = settings.parkedMaxCount();
    use(settings);
    index = new FiveTupleIndex(capacity);
    used = new boolean[capacity];
    rxBytes = new long[capacity];
    rxPackets = new long[capacity];
    txBytes = new long[capacity];
    txPackets = new long[capacity];
    firstSeenEpochNanos = new long[capacity];
    lastSeenEpochNanos = new long[capacity];
    parkedAtNanos = new long[capacity];
    nextAskNanos = new long[capacity];
    interfaceIndex = new int[capacity];
    opensConnection = new boolean[capacity];
    begunHere = new boolean[capacity];
  }

  /**
   * Tells from now on what becomes of what waits.
   *
   * @param settlement null for nobody
   */
  public void tell(Settlement settlement) {
    this.settlement = settlement;
  }

  /** Whether others of a segment's flow wait. */
  public boolean isWaiting(Segment segment) {
    return index.find(segment) != FiveTupleIndex.NONE;
  }

  /** Another age; the number of places stays. */
  public final void use(AccountingSettings settings) {
    maxAgeNanos = settings.parkedMaxAge().toNanos();
  }

  public Outcome add(Segment segment, long nowNanos) {
    int id = index.add(segment);
    if (id == FiveTupleIndex.NONE) {
      return Outcome.FULL;
    }
    boolean isNew = !used[id];
    if (isNew) {
      start(id, segment, nowNanos);
    }
    if (segment.direction() == Direction.TX) {
      txBytes[id] += segment.countedBytes();
      txPackets[id] += segment.weight();
    } else {
      rxBytes[id] += segment.countedBytes();
      rxPackets[id] += segment.weight();
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

  /** Whether the SYN of a segment's connection waits for its owner. */
  public boolean isOpening(Segment segment) {
    if (openings == 0) {
      return false;
    }
    int id = index.find(segment);
    return id != FiveTupleIndex.NONE && opensConnection[id];
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
    nextAskNanos[id] = nowNanos + FIRST_WAIT_NANOS;
    interfaceIndex[id] = segment.interfaceIndex();
    opensConnection[id] = false;
    begunHere[id] = segment.direction() == Direction.TX;
  }

  /**
   * Credits every flow whose owner is known now, gives up on the old, asks again for the others.
   */
  public void settle(
      SocketTable table,
      LastWord lastWord,
      TrafficMeter meter,
      Consumer<Miss> misses,
      DaemonCounters counters,
      long nowNanos) {
    for (int id = 0; id < usedEnd; id++) {
      if (used[id]) {
        ProcessInfo process = table.find(read(id));
        boolean handedOn = process != null && isHandedOn(id, process, table);
        if (handedOn) {
          discredit(id, UnattributedReason.AMBIGUOUS, meter);
        } else if (process != null) {
          counters.increment(DaemonCounter.PARKED_RESOLVED);
          credit(id, process, meter, nowNanos);
        } else if (nowNanos - parkedAtNanos[id] >= maxAgeNanos) {
          counters.increment(DaemonCounter.PARKED_EXPIRED);
          giveUp(id, lastWord, meter, nowNanos);
        } else if (nowNanos - nextAskNanos[id] >= 0) {
          nextAskNanos[id] = nowNanos + (nowNanos - parkedAtNanos[id]) * WAIT_GROWTH;
          misses.accept(new Miss(SocketKey.of(flow), interfaceIndex[id]));
        }
      }
    }
    if (index.size() == 0) {
      usedEnd = 0;
    }
  }

  /** Whether the five-tuple was another's already when the last of the flow was seen. */
  private boolean isHandedOn(int id, ProcessInfo first, SocketTable table) {
    if (lastSeenEpochNanos[id] == firstSeenEpochNanos[id]) {
      return false;
    }
    ProcessInfo last = table.find(read(id, lastSeenEpochNanos[id], false));
    return last != null && !last.id().equals(first.id());
  }

  /** Gives up on every flow: nobody will come to know its owner any more. */
  public void settleFinally(LastWord lastWord, TrafficMeter meter, long nowNanos) {
    for (int id = 0; id < usedEnd; id++) {
      if (used[id]) {
        read(id);
        giveUp(id, lastWord, meter, nowNanos);
      }
    }
    usedEnd = 0;
  }

  private Segment read(int id) {
    return read(id, firstSeenEpochNanos[id], opensConnection[id]);
  }

  private Segment read(int id, long seenEpochNanos, boolean opens) {
    flow.reset(interfaceIndex[id], PacketType.UNKNOWN, 0, seenEpochNanos);
    index.read(id, flow);
    flow.opensConnection(opens);
    return flow;
  }

  private void giveUp(int id, LastWord lastWord, TrafficMeter meter, long nowNanos) {
    SocketOwner receiver = lastWord.of(flow, false);
    SocketOwner sender = lastWord.of(flow, begunHere[id]);
    settle(receiver, Direction.RX, rxBytes[id], rxPackets[id], meter, nowNanos);
    settle(sender, Direction.TX, txBytes[id], txPackets[id], meter, nowNanos);
    tell(id, receiver, sender);
    remove(id);
  }

  private static void settle(
      SocketOwner owner,
      Direction direction,
      long bytes,
      long packets,
      TrafficMeter meter,
      long nowNanos) {
    if (bytes == 0) {
      return;
    }
    if (owner.process() != null) {
      meter.credit(owner.process(), direction, bytes, packets, nowNanos);
    } else {
      meter.discredit(owner.reason(), direction, bytes);
    }
  }

  private void credit(int id, ProcessInfo process, TrafficMeter meter, long nowNanos) {
    meter.credit(process, Direction.RX, rxBytes[id], rxPackets[id], nowNanos);
    meter.credit(process, Direction.TX, txBytes[id], txPackets[id], nowNanos);
    tell(id, process, null);
    remove(id);
  }

  private void discredit(int id, UnattributedReason reason, TrafficMeter meter) {
    meter.discredit(reason, Direction.RX, rxBytes[id]);
    meter.discredit(reason, Direction.TX, txBytes[id]);
    tell(id, null, reason);
    remove(id);
  }

  private void tell(int id, SocketOwner receiver, SocketOwner sender) {
    if (settlement != null) {
      read(id);
      settlement.settled(flow, Direction.RX, receiver.process(), receiver.reason());
      settlement.settled(flow, Direction.TX, sender.process(), sender.reason());
    }
  }

  private void tell(int id, ProcessInfo process, UnattributedReason reason) {
    if (settlement != null) {
      read(id);
      settlement.settled(flow, Direction.RX, process, reason);
      settlement.settled(flow, Direction.TX, process, reason);
    }
  }

  private void remove(int id) {
    bytes -= rxBytes[id] + txBytes[id];
    used[id] = false;
    if (opensConnection[id]) {
      openings--;
      opensConnection[id] = false;
    }
    index.remove(id);
  }

  public long bytes() {
    return bytes;
  }

  public int count() {
    return index.size();
  }
}
