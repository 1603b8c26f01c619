package io.github.pidflow.sockettable;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Who sent through packet, raw and ping sockets lately, as the kernel reported it. Immutable.
 *
 * <p>The kernel reports a send just after its packet was captured, in the sender's own context. So
 * a packet belongs to the process whose next send of a fitting length follows at once. If two
 * processes could have sent it, the nearer one did only if the other is far; otherwise the packet
 * is nobody's.
 */
public final class Senders {
  public static final Senders NONE = new Senders(List.of(), Long.MAX_VALUE, null);

  /** The protocol of what went through a packet socket: any. */
  public static final int ANY = -1;

  /** How long after a packet its send may be reported: a flush of a ring sends many at once. */
  private static final long MAX_DELAY_NANOS = 20_000_000;

  /** The longest run, so that few of them can be those of a packet. */
  public static final long MAX_RUN_NANOS = 20_000_000;

  /** How soon it usually is. */
  private static final long USUAL_DELAY_NANOS = 1_000_000;

  /** How much later another process's send must be, to be a packet of its own. */
  private static final int TIMES_LATER = 4;

  private static final int MIN_FRAME_BYTES = 60;
  private static final int ETHERNET_BYTES = 14;
  private static final int IPV4_BYTES = 20;
  private static final int IPV4_MAX_OPTIONS = 40;
  private static final int IPV6_BYTES = 40;

  /** The least that an IPv6 link carries whole, and nearly every IPv4 link too. */
  private static final int MIN_FRAGMENTED_BYTES = 1280;

  /** Sorted by their beginning. */
  private final Run[] runs;

  private final long coveredSinceNanos;
  private final SocketOwner sole;

  /**
   * Sends of one process, protocol and length in quick succession.
   *
   * @param process null if it was gone before it was read
   */
  public record Run(
      int pid, ProcessInfo process, int protocol, int bytes, long firstNanos, long lastNanos) {}

  /**
   * @param coveredSinceNanos all sends since then are among the runs
   */
  public Senders(List<Run> runs, long coveredSinceNanos, SocketOwner sole) {
    this.runs = runs.toArray(Run[]::new);
    Arrays.sort(this.runs, Comparator.comparingLong(Run::firstNanos));
    this.coveredSinceNanos = coveredSinceNanos;
    this.sole = sole;
  }

  /**
   * The owner of an outgoing packet without a socket whose send was not noticed, or the reason
   * there is none; null if there is no such rule here.
   */
  public SocketOwner sole() {
    return sole;
  }

  /** Whether the sender of a packet of this time would be among these. */
  public boolean cover(long timestampNanos) {
    return timestampNanos >= coveredSinceNanos;
  }

  /** The owner of packets of which it is not known which process sent them. */
  public static SocketOwner ambiguous() {
    return SocketOwner.none(UnattributedReason.AMBIGUOUS);
  }

  /**
   * The sender of a packet, or the reason why it is not known which; null if there is none.
   *
   * @param sent a packet of the same flow
   * @param timestampNanos the time of capture, in nanoseconds since the epoch
   * @param bytes the length of the IP packet
   */
  public SocketOwner senderOf(Segment sent, long timestampNanos, int bytes) {
    Run nearest = null;
    long nearestDelay = Long.MAX_VALUE;
    long nextDelay = Long.MAX_VALUE;
    for (int i = firstFrom(timestampNanos - MAX_RUN_NANOS); i < runs.length; i++) {
      Run run = runs[i];
      long delay = Math.max(0, run.firstNanos - timestampNanos);
      if (delay > MAX_DELAY_NANOS) {
        break;
      }
      if (run.lastNanos < timestampNanos || !fits(run, sent, bytes)) {
        continue;
      }
      if (nearest != null && nearest.pid == run.pid) {
        nearestDelay = Math.min(nearestDelay, delay);
      } else if (delay < nearestDelay) {
        nextDelay = nearestDelay;
        nearestDelay = delay;
        nearest = run;
      } else {
        nextDelay = Math.min(nextDelay, delay);
      }
    }
    if (nearest == null) {
      return null;
    }
    boolean clear =
        nextDelay == Long.MAX_VALUE
            || (nearestDelay < USUAL_DELAY_NANOS
                && nextDelay > Math.max(USUAL_DELAY_NANOS, nearestDelay * TIMES_LATER));
    if (!clear) {
      boolean raw = nearest.protocol != ANY;
      return SocketOwner.none(
          raw ? UnattributedReason.AMBIGUOUS : UnattributedReason.PACKET_SOCKET);
    }
    return nearest.process == null
        ? SocketOwner.none(UnattributedReason.NO_PROCESS)
        : SocketOwner.of(nearest.process, false);
  }

  /** The index of the first run that begins at a time or later. */
  private int firstFrom(long nanos) {
    int low = 0;
    int high = runs.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (runs[middle].firstNanos < nanos) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean fits(Run run, Segment packet, int bytes) {
    boolean v4 = IpAddress.isMapped(packet.sourceHigh(), packet.sourceLow());
    return run.protocol == ANY ? fitsFrame(run.bytes, bytes) : fitsRaw(run, packet, bytes, v4);
  }

  /** With or without the link header, VLAN tags, padding; alone or several of a ring at once. */
  private static boolean fitsFrame(int sent, int packet) {
    int more = sent - packet;
    boolean padded = packet < MIN_FRAME_BYTES && sent <= MIN_FRAME_BYTES && more >= 0;
    return padded
        || (more >= 0 && more <= ETHERNET_BYTES + 12)
        || (sent > packet && (sent % (packet + ETHERNET_BYTES) == 0 || sent % packet == 0));
  }

  /** With or without the IP header, whole or the first of its fragments. */
  private static boolean fitsRaw(Run run, Segment packet, int bytes, boolean v4) {
    boolean any = run.protocol == Protocol.RAW;
    if (!any && run.protocol != packet.protocol()) {
      return false;
    }
    int header = bytes - run.bytes;
    boolean whole =
        header == 0
            || (v4
                ? header >= IPV4_BYTES && header <= IPV4_BYTES + IPV4_MAX_OPTIONS
                : header >= IPV6_BYTES);
    return whole || (header < 0 && bytes >= MIN_FRAGMENTED_BYTES / 2);
  }
}
