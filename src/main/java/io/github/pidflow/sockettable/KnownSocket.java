package io.github.pidflow.sockettable;

import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.sockets.KernelSocket;
import java.util.Objects;

/**
 * The owners of one five-tuple. Immutable but for the time of the scan that saw it last: most
 * sockets do not change from scan to scan, and then a scan allocates nothing for them.
 */
final class KnownSocket {
  private final OwnerHistory owners;
  private final long cookie;
  private final boolean answer;
  private long seenAtNanos = SocketOwner.EVER;

  /**
   * @param cookie of the socket; 0 if it is unknown or if there are several sockets
   * @param answer whether it is the kernel's answer for one remote end of a socket that is not
   *     connected, which the next scan forgets
   */
  KnownSocket(OwnerHistory owners, long cookie, boolean answer) {
    this.owners = owners;
    this.cookie = cookie;
    this.answer = answer;
  }

  static KnownSocket of(SocketOwner owner, long cookie, boolean answer) {
    return new KnownSocket(OwnerHistory.of(owner), cookie, answer);
  }

  /**
   * Two sockets with the same five-tuple at the same time: ambiguous unless one process has both.
   */
  static KnownSocket merge(KnownSocket one, KnownSocket other) {
    SocketOwner a = one.owner();
    SocketOwner b = other.owner();
    boolean same = a.process() != null && a.process().equals(b.process());
    SocketOwner owner =
        same
            ? new SocketOwner(
                a.process(),
                null,
                a.shared() || b.shared(),
                Math.min(a.openedAtNanos(), b.openedAtNanos()),
                Math.min(a.confirmedAtNanos(), b.confirmedAtNanos()),
                Math.max(a.closedAtNanos(), b.closedAtNanos()))
            : SocketOwner.none(UnattributedReason.AMBIGUOUS);
    return of(owner, 0, false);
  }

  /** The owners as tables have them: without the time of the last scan, see {@link ScanTimes}. */
  OwnerHistory owners() {
    return owners;
  }

  long cookie() {
    return cookie;
  }

  boolean answer() {
    return answer;
  }

  /** Whether it is which one of several sockets with the same key the kernel chose for a flow. */
  boolean isGroupAnswer() {
    return answer && cookie != 0;
  }

  boolean isOpen() {
    return owners.latest().isOpen();
  }

  /** The latest owner, confirmed by the last scan that saw its socket. */
  SocketOwner owner() {
    SocketOwner latest = owners.latest();
    return latest.isOpen() && latest.confirmedAtNanos() < seenAtNanos
        ? latest.confirmed(seenAtNanos)
        : latest;
  }

  /** Whether this is the given socket, and not an earlier one with its five-tuple. */
  boolean isSame(KernelSocket socket) {
    return socket.cookie() != 0 && cookie == socket.cookie() && !socket.isRaw();
  }

  /** Whether the same socket still has the same owner. */
  boolean isUnchanged(long currentCookie, SocketOwner now) {
    SocketOwner latest = owners.latest();
    return cookie == currentCookie
        && latest.shared() == now.shared()
        && latest.reason() == now.reason()
        && Objects.equals(latest.process(), now.process());
  }

  /** Marks the socket as seen by the scan that started at this time. */
  void markSeen(long scanNanos) {
    seenAtNanos = scanNanos;
  }

  boolean isSeenBy(long scanNanos) {
    return seenAtNanos == scanNanos;
  }

  KnownSocket with(SocketOwner owner) {
    return new KnownSocket(owners.withLatest(owner), cookie, answer);
  }

  KnownSocket closed(long atNanos) {
    return isOpen() ? with(owner().closed(atNanos)) : this;
  }

  /** The same socket with newer knowledge of its owner. */
  KnownSocket confirmed(SocketOwner owner) {
    SocketOwner before = owner();
    SocketOwner latest =
        before.isDisplacedBy(owner) ? owner : before.confirmed(owner.confirmedAtNanos());
    SocketOwner now = latest.opened(before.openedAtNanos());
    // The kernel's answer may be older than the close.
    return with(isOpen() ? now : now.closed(owner().closedAtNanos()));
  }

  /** Adds another socket with the same five-tuple, usually the one that has it now. */
  KnownSocket and(SocketOwner other, long otherCookie, int protocol) {
    if (cookie == 0 || otherCookie == 0) {
      return of(other, otherCookie, false);
    }
    boolean earlier = other.isEarlierThan(owner());
    if (!earlier && isOpen() && !other.isOpen()) {
      // The order is unknown, so the open socket stays the latest.
      return this;
    }
    OwnerHistory now = owners.withLatest(owner()).with(other, protocol);
    return new KnownSocket(now, earlier ? cookie : otherCookie, false);
  }
}
