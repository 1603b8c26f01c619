package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;

/**
 * What is known of one socket's owner: a process, or the reason why there is none.
 *
 * @param process null if there is a reason
 * @param shared whether several processes hold the socket, {@code process} being the one chosen
 * @param closedAtNanos when the socket was found closed, nanoseconds since the epoch, or {@link
 *     #OPEN}
 */
public record SocketOwner(
    ProcessInfo process, UnattributedReason reason, boolean shared, long closedAtNanos) {
  static final long OPEN = Long.MAX_VALUE;

  static SocketOwner of(ProcessInfo process, boolean shared) {
    return new SocketOwner(process, null, shared, OPEN);
  }

  public static SocketOwner none(UnattributedReason reason) {
    return new SocketOwner(null, reason, false, OPEN);
  }

  SocketOwner closed(long atNanos) {
    return new SocketOwner(process, reason, shared, atNanos);
  }

  boolean isOpen() {
    return closedAtNanos == OPEN;
  }

  /**
   * Whether a segment of this socket's five-tuple is still this socket's. What was captured before
   * it closed is. After that a TCP connection lingers (FIN, late data, TIME_WAIT) until a SYN
   * starts another on the same five-tuple; a datagram socket does not.
   */
  boolean covers(Segment segment) {
    return segment.timestampNanos() <= closedAtNanos
        || (segment.protocol() == Protocol.TCP && !segment.opensConnection());
  }
}
