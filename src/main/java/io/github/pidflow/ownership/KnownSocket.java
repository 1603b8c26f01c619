package io.github.pidflow.ownership;

import io.github.pidflow.flow.UnattributedReason;

/**
 * What is known of one five-tuple.
 *
 * @param cookie of the socket, 0 if there are several or it is not known
 * @param answer whether it is the kernel's answer for one remote end of a socket that is not
 *     connected, which the next scan forgets
 */
record KnownSocket(Succession owners, long cookie, boolean answer) {
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

  SocketOwner owner() {
    return owners.latest();
  }

  KnownSocket with(SocketOwner owner) {
    return new KnownSocket(owners.withLatest(owner), cookie, answer);
  }

  KnownSocket closed(long atNanos) {
    return owner().isOpen() ? with(owner().closed(atNanos)) : this;
  }

  /** The same socket, of which its owner is known better now. */
  KnownSocket confirmed(SocketOwner owner) {
    SocketOwner now = owner.opened(owner().openedAtNanos());
    // What has closed is not open again, though it was when the kernel was asked.
    return with(owner().isOpen() ? now : now.closed(owner().closedAtNanos()));
  }

  /** With another socket, most often the one that has the five-tuple now. */
  KnownSocket and(SocketOwner other, long otherCookie, int protocol) {
    if (cookie == 0 || otherCookie == 0) {
      return of(other, otherCookie, false);
    }
    boolean earlier = other.isEarlierThan(owner());
    if (!earlier && owner().isOpen() && !other.isOpen()) {
      // It may be either: what is open stays.
      return this;
    }
    return new KnownSocket(owners.with(other, protocol), earlier ? cookie : otherCookie, false);
  }
}
