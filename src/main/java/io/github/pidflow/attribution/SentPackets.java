package io.github.pidflow.attribution;

import io.github.pidflow.flow.Segment;
import io.github.pidflow.sockettable.Senders;
import io.github.pidflow.sockettable.SocketOwner;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What a parked flow has sent, as far as it takes to find the senders of packets that have no
 * socket of their own. One flow may have several senders, one after the other.
 *
 * <p>Packets in quick succession form a burst. A burst belongs to the process that sent its first
 * and its last packet, see {@link Senders}. Bursts are judged as soon as their sends are reported,
 * so that few are kept; those that exceed the bound are joined, and judged by their ends.
 */
final class SentPackets {
  private static final int MAX_BURSTS = 32;
  private static final long MAX_GAP_NANOS = 1_000_000;

  /** Empty for nearly all flows, and then shared. */
  private Map<SocketOwner, Sum> judged = Map.of();

  private Burst[] bursts = new Burst[1];
  private int count;

  /** Packets and their bytes. */
  static final class Sum {
    private long packets;
    private long bytes;

    private void add(Sum other) {
      packets += other.packets;
      bytes += other.bytes;
    }

    long packets() {
      return packets;
    }

    long bytes() {
      return bytes;
    }
  }

  private static final class Burst {
    private final Sum sum = new Sum();
    private long firstNanos;
    private long lastNanos;
    private int firstBytes;
    private int lastBytes;
  }

  void add(Segment segment) {
    long nanos = segment.timestampNanos();
    Burst burst = count == 0 ? null : bursts[count - 1];
    if (burst == null || (nanos - burst.lastNanos > MAX_GAP_NANOS && count < MAX_BURSTS)) {
      burst = begin();
      burst.firstNanos = nanos;
      burst.firstBytes = segment.bytes();
    }
    burst.lastNanos = nanos;
    burst.lastBytes = segment.bytes();
    burst.sum.packets += segment.packets();
    burst.sum.bytes += segment.countedBytes();
  }

  private Burst begin() {
    if (count == bursts.length) {
      bursts = Arrays.copyOf(bursts, count * 2);
    }
    bursts[count] = new Burst();
    return bursts[count++];
  }

  /**
   * Judges the bursts whose senders are known by now.
   *
   * @param flow the flow as it was sent
   */
  void judge(Senders senders, Segment flow) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      SocketOwner sender = sender(senders, flow, bursts[i]);
      if (sender != null && sender.process() != null) {
        if (judged.isEmpty()) {
          judged = new LinkedHashMap<>(2);
        }
        judged.computeIfAbsent(sender, owner -> new Sum()).add(bursts[i].sum);
      } else {
        bursts[kept++] = bursts[i];
      }
    }
    count = kept;
  }

  /**
   * Passes on and forgets what was judged.
   *
   * @return the last sender, null if there was none
   */
  SocketOwner takeJudged(BiConsumer<SocketOwner, Sum> sink) {
    SocketOwner last = null;
    for (Map.Entry<SocketOwner, Sum> each : judged.entrySet()) {
      last = each.getKey();
      sink.accept(last, each.getValue());
    }
    judged = Map.of();
    return last;
  }

  boolean hasJudged() {
    return !judged.isEmpty();
  }

  /**
   * The sender of all that was not judged, or the reason why there is none; null if its sends were
   * not reported.
   */
  SocketOwner senderOfRest(Senders senders, Segment flow) {
    SocketOwner reason = null;
    for (int i = 0; i < count; i++) {
      SocketOwner sender = sender(senders, flow, bursts[i]);
      reason = sender == null ? reason : sender;
    }
    return reason;
  }

  /** Whether the senders of all that was not judged would be known if processes had sent it. */
  boolean isCovered(Senders senders) {
    return count == 0 || senders.cover(bursts[0].firstNanos);
  }

  private static SocketOwner sender(Senders senders, Segment flow, Burst burst) {
    SocketOwner first = senders.senderOf(flow, burst.firstNanos, burst.firstBytes);
    if (burst.lastNanos == burst.firstNanos) {
      return first;
    }
    SocketOwner last = senders.senderOf(flow, burst.lastNanos, burst.lastBytes);
    if (first == null && last != null && !senders.cover(burst.firstNanos)) {
      // The report was switched on in between.
      return last;
    }
    if (first == null || last == null || first.process() == null) {
      return first == null || last == null ? null : first;
    }
    return last.isSameAs(first) ? first : Senders.ambiguous();
  }
}
