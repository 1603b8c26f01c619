package io.github.pidflow.ownership;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;

/**
 * What is known of one socket's owner: a process, or the reason why there is none. A flow that NAT
 * makes look like this host's, though both of its ends are elsewhere, has neither: it is forwarded.
 *
 * @param process null if there is a reason, or if the flow is forwarded
 * @param reason null if there is a process, or if the flow is forwarded
 * @param shared whether several processes hold the socket, {@code process} being the one chosen
 * @param openedAtNanos when the socket was created, or {@link #EVER} if that is not known; this and
 *     the other times are in nanoseconds since the epoch
 * @param confirmedAtNanos the latest time at which the kernel is known to have had the socket:
 *     before it was asked, since it answers later
 * @param closedAtNanos when the socket was closed, as exactly as it is known, or {@link #OPEN}
 */
public record SocketOwner(
    ProcessInfo process,
    UnattributedReason reason,
    boolean shared,
    long openedAtNanos,
    long confirmedAtNanos,
    long closedAtNanos) {
  static final long OPEN = Long.MAX_VALUE;
  public static final long EVER = Long.MIN_VALUE;

  /** How long a datagram may wait in the kernel, for its neighbour's address most of all. */
  private static final long MAX_QUEUED_NANOS = 3_000_000_000L;

  public static SocketOwner of(ProcessInfo process, boolean shared) {
    return new SocketOwner(process, null, shared, EVER, OPEN, OPEN);
  }

  public static SocketOwner none(UnattributedReason reason) {
    return new SocketOwner(null, reason, false, EVER, OPEN, OPEN);
  }

  /** The owner of a flow that only passes through this host. */
  static SocketOwner ofForwarded() {
    return new SocketOwner(null, null, false, EVER, OPEN, OPEN);
  }

  public boolean isForwarded() {
    return process == null && reason == null;
  }

  /** Whether the flow's bytes have a place to go: a process, or the forwarded. */
  public boolean isKnown() {
    return reason == null;
  }

  /** Whether both have the same process, or neither has one since the flow is forwarded. */
  public boolean isSameAs(SocketOwner other) {
    if (isForwarded() || other.isForwarded()) {
      return isForwarded() && other.isForwarded();
    }
    return process != null && other.process != null && process.id().equals(other.process.id());
  }

  SocketOwner renamed(ProcessInfo now) {
    return new SocketOwner(now, reason, shared, openedAtNanos, confirmedAtNanos, closedAtNanos);
  }

  SocketOwner opened(long atNanos) {
    return new SocketOwner(process, reason, shared, atNanos, confirmedAtNanos, closedAtNanos);
  }

  public SocketOwner confirmed(long atNanos) {
    return new SocketOwner(process, reason, shared, openedAtNanos, atNanos, closedAtNanos);
  }

  /** Closed at this time, or at some time since it was confirmed. */
  SocketOwner closed(long atNanos) {
    long confirmed = Math.min(confirmedAtNanos, atNanos);
    return new SocketOwner(process, reason, shared, openedAtNanos, confirmed, atNanos);
  }

  public boolean isOpen() {
    return closedAtNanos == OPEN;
  }

  /** Whether its socket is known to have been created before the other's. */
  boolean isEarlierThan(SocketOwner other) {
    return openedAtNanos != EVER && openedAtNanos < other.openedAtNanos;
  }

  /**
   * Whether a segment of this socket's five-tuple, not sent before it was created, is this
   * socket's. A datagram is if it was seen before the socket closed. A TCP connection lingers (FIN,
   * late data, TIME_WAIT) until a SYN starts another on the same five-tuple; and a SYN later than
   * the kernel was last asked may be that of another, of which nobody has told yet.
   *
   * @param scans which found it if it is open
   */
  boolean covers(Segment segment, ScanTimes scans) {
    if (segment.protocol() != Protocol.TCP) {
      return segment.timestampNanos() <= closedAtNanos;
    }
    return !segment.opensConnection()
        || segment.timestampNanos() <= confirmedAtNanos
        || (isOpen() && segment.timestampNanos() <= scans.latest(segment.namespace()));
  }

  /** Whether a datagram that is nobody else's may have waited in the kernel since it was sent. */
  boolean mayHaveSent(Segment segment) {
    return !isOpen()
        && segment.protocol() != Protocol.TCP
        && segment.direction() == Direction.TX
        && segment.timestampNanos() <= closedAtNanos + MAX_QUEUED_NANOS;
  }
}
