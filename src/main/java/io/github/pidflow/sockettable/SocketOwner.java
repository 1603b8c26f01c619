package io.github.pidflow.sockettable;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.BootClock;

/**
 * The owner of a socket: a process, or the reason why there is none. A flow that NAT gave an
 * address of this host, though both of its ends are elsewhere, has neither: it is forwarded.
 *
 * @param process null if there is a reason, or if the flow is forwarded
 * @param reason null if there is a process, or if the flow is forwarded
 * @param shared whether several processes hold the socket, {@code process} being the one chosen
 * @param openedAtNanos when the socket was created, {@link #EVER} if unknown; like the other times
 *     in steady time
 * @param confirmedAtNanos the latest time at which the kernel is known to have had the socket: the
 *     time of the request that it answered
 * @param closedAtNanos when the socket was closed, as exactly as known, or {@link #OPEN}
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

  /**
   * How long the kernel may queue a datagram, usually until the neighbour's address is resolved.
   */
  private static final long MAX_QUEUED_NANOS = 3_000_000_000L;

  public static SocketOwner of(ProcessInfo process, boolean shared) {
    return new SocketOwner(process, null, shared, EVER, OPEN, OPEN);
  }

  public static SocketOwner none(UnattributedReason reason) {
    return new SocketOwner(null, reason, false, EVER, OPEN, OPEN);
  }

  /** The owner of a flow that this host only forwards. */
  static SocketOwner ofForwarded() {
    return new SocketOwner(null, null, false, EVER, OPEN, OPEN);
  }

  public boolean isForwarded() {
    return process == null && reason == null;
  }

  /** Whether the flow is attributed to a process or forwarded. */
  public boolean isKnown() {
    return process != null || reason == null;
  }

  /** Whether both have the same process, or both are forwarded. */
  public boolean isSameAs(SocketOwner other) {
    if (isForwarded() || other.isForwarded()) {
      return isForwarded() && other.isForwarded();
    }
    return process != null && other.process != null && process.id().equals(other.process.id());
  }

  /**
   * Whether what was found later is the owner of this socket now. An owner that was known stays
   * when none is found any more, and when one is found that is older than the socket: anybody may
   * be sent a socket.
   */
  boolean isDisplacedBy(SocketOwner later) {
    if (process == null || isSameAs(later)) {
      return true;
    }
    return later.process != null
        && (openedAtNanos == EVER
            || later.process.id().startTicks() >= BootClock.ticks(openedAtNanos));
  }

  SocketOwner renamed(ProcessInfo now) {
    return new SocketOwner(now, reason, shared, openedAtNanos, confirmedAtNanos, closedAtNanos);
  }

  public SocketOwner opened(long atNanos) {
    return new SocketOwner(process, reason, shared, atNanos, confirmedAtNanos, closedAtNanos);
  }

  public SocketOwner confirmed(long atNanos) {
    return new SocketOwner(process, reason, shared, openedAtNanos, atNanos, closedAtNanos);
  }

  /** The same owner of a socket closed at this time, or at some time since it was confirmed. */
  public SocketOwner closed(long atNanos) {
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
   * Whether a segment with this socket's five-tuple, captured after the socket was created, belongs
   * to it. A datagram does if it was captured before the close. A TCP segment does even after the
   * close (FIN, late data, TIME_WAIT), except a SYN: one captured after the connection was last
   * confirmed may start another connection that is not known yet.
   *
   * @param scans confirm the socket if it is open
   */
  boolean covers(Segment segment, ScanTimes scans) {
    if (segment.protocol() != Protocol.TCP) {
      return segment.timestampNanos() <= closedAtNanos;
    }
    return !segment.opensConnection()
        || segment.timestampNanos() <= confirmedAtNanos
        || (isOpen() && segment.timestampNanos() <= scans.latest(segment.namespace()));
  }

  /** Whether the socket may have sent a datagram before its close that the kernel queued since. */
  boolean mayHaveSent(Segment segment) {
    return !isOpen()
        && segment.protocol() != Protocol.TCP
        && segment.direction() == Direction.TX
        && segment.timestampNanos() <= closedAtNanos + MAX_QUEUED_NANOS;
  }
}
