package io.github.pidflow.ownership;

import io.github.pidflow.flow.UnattributedReason;
import java.util.Objects;

/**
 * What is known of one five-tuple. All of it is immutable but for the scan that saw it last: most
 * sockets are what they were, scan after scan, and cost nothing then.
 */
final class KnownSocket {
  private final Succession owners;
  private final long cookie;
  private final boolean answer;
  private long seenAtNanos = SocketOwner.EVER;

  /**
   * @param cookie of the socket, 0 if there are several or it is not known
   * @param answer whether it is the kernel's answer for one remote end of a socket that is not
   *     connected, which the next scan forgets
   */
  KnownSocket(Succession owners, long cookie, boolean answer) {
    this.owners = owners;
    this.cookie = cookie;
    this.answer = answer;
  }

  static KnownSocket of(SocketOwner owner, long cookie, boolean answer) {
    return new KnownSocket(Succession.of(owner), cookie, answer);
  }

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

  /** As in the tables, which are told of a scan by its {@link ScanTimes} alone. */
  Succession owners() {
    return owners;
  }

  long cookie() {
    return cookie;
  }

  boolean answer() {
    return answer;
  }

  boolean isOpen() {
    return owners.latest().isOpen();
  }

  SocketOwner owner() {
    SocketOwner latest = owners.latest();
    return latest.isOpen() && latest.confirmedAtNanos() < seenAtNanos
        ? latest.confirmed(seenAtNanos)
        : latest;
  }

  /** Whether a look at the same socket, or sockets, told nothing new of who has it. */
  boolean isStill(long lookedAtCookie, SocketOwner now) {
    SocketOwner latest = owners.latest();
    return cookie == lookedAtCookie
        && latest.shared() == now.shared()
        && latest.reason() == now.reason()
        && Objects.equals(latest.process(), now.process());
  }

  /** Notes that the scan that was begun then found it. */
  void seen(long scanNanos) {
    seenAtNanos = scanNanos;
  }

  boolean isSeenIn(long scanNanos) {
    return seenAtNanos == scanNanos;
  }

  KnownSocket with(SocketOwner owner) {
    return new KnownSocket(owners.withLatest(owner), cookie, answer);
  }

  KnownSocket closed(long atNanos) {
    return isOpen() ? with(owner().closed(atNanos)) : this;
  }

  /** The same socket, of which its owner is known better now. */
  KnownSocket confirmed(SocketOwner owner) {
    SocketOwner now = owner.opened(owner().openedAtNanos());
    // What has closed is not open again, though it was when the kernel was asked.
    return with(isOpen() ? now : now.closed(owner().closedAtNanos()));
  }

  /** With another socket, most often the one that has the five-tuple now. */
  KnownSocket and(SocketOwner other, long otherCookie, int protocol) {
    if (cookie == 0 || otherCookie == 0) {
      return of(other, otherCookie, false);
    }
    boolean earlier = other.isEarlierThan(owner());
    if (!earlier && isOpen() && !other.isOpen()) {
      // It may be either: what is open stays.
      return this;
    }
    Succession now = owners.withLatest(owner()).with(other, protocol);
    return new KnownSocket(now, earlier ? cookie : otherCookie, false);
  }
}
