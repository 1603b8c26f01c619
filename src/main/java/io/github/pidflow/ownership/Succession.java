package io.github.pidflow.ownership;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import java.util.ArrayList;
import java.util.List;

/**
 * The owners of the sockets that had one five-tuple, one after the other. A datagram goes to the
 * one that had it at that moment, also if another has it by the time that is known. Immutable.
 */
final class Succession {
  /** Beyond this nothing can wait for its owner any more. */
  private static final long MEMORY_NANOS = 60_000_000_000L;

  private static final int MAX_OWNERS = 32;

  /** The latest first. */
  private final SocketOwner[] owners;

  private Succession(SocketOwner... owners) {
    this.owners = owners;
  }

  static Succession of(SocketOwner owner) {
    return new Succession(owner);
  }

  /** Of owners each of which ended before the one in front of it began, at least one. */
  static Succession of(List<SocketOwner> latestFirst) {
    return new Succession(latestFirst.toArray(SocketOwner[]::new));
  }

  /** Whether the next owner makes the first one forgotten, unless some are too long ago anyway. */
  boolean isFull() {
    return owners.length == MAX_OWNERS;
  }

  SocketOwner latest() {
    return owners[0];
  }

  /** The same sockets, but for what is known of the latest. */
  Succession withLatest(SocketOwner owner) {
    SocketOwner[] now = owners.clone();
    now[0] = owner;
    return new Succession(now);
  }

  /** Adds the owner of another socket, later than the latest if it is not known to be earlier. */
  Succession with(SocketOwner other, int protocol) {
    List<SocketOwner> now = new ArrayList<>(List.of(owners));
    if (other.openedAtNanos() == SocketOwner.EVER) {
      now.add(0, other);
      partUncertainly(now, protocol);
    } else {
      place(now, other);
    }
    long horizon = now.get(0).openedAtNanos() - MEMORY_NANOS;
    now.subList(1, now.size()).removeIf(each -> each.closedAtNanos() < horizon);
    return new Succession(now.stream().limit(MAX_OWNERS).toArray(SocketOwner[]::new));
  }

  private static void place(List<SocketOwner> owners, SocketOwner other) {
    int place = 0;
    while (place < owners.size() && other.isEarlierThan(owners.get(place))) {
      place++;
    }
    boolean known =
        place < owners.size() && owners.get(place).openedAtNanos() == other.openedAtNanos();
    if (known) {
      owners.remove(place);
    }
    owners.add(place, other);
    for (int i = Math.max(1, place); i <= place + 1 && i < owners.size(); i++) {
      owners.set(i, endedBefore(owners.get(i), owners.get(i - 1)));
    }
  }

  private static SocketOwner endedBefore(SocketOwner owner, SocketOwner next) {
    return owner.closedAtNanos() > next.openedAtNanos()
        ? owner.closed(next.openedAtNanos())
        : owner;
  }

  /** The first was created after the second closed, but neither is known to a moment. */
  private static void partUncertainly(List<SocketOwner> owners, int protocol) {
    SocketOwner later = owners.get(0);
    SocketOwner earlier = owners.get(1);
    long from = earlier.confirmedAtNanos();
    long to = Math.max(from, Math.min(earlier.closedAtNanos(), later.confirmedAtNanos()));
    owners.set(0, later.opened(to));
    // A SYN tells a connection from the next; a datagram tells nothing.
    if (protocol == Protocol.TCP) {
      owners.set(1, endedBefore(earlier, owners.get(0)));
    } else {
      owners.set(1, earlier.closed(from));
      if (from < to) {
        SocketOwner either = SocketOwner.none(UnattributedReason.AMBIGUOUS);
        owners.add(1, either.opened(from + 1).closed(to));
      }
    }
  }

  /** The owner of a segment, null if it is none of these; see {@link SocketOwner#covers}. */
  SocketOwner of(Segment segment, ScanTimes scans) {
    SocketOwner owner = since(segment);
    return owner != null && owner.covers(segment, scans) ? owner : null;
  }

  /** Who closed the socket a datagram was sent from before it could leave; null if not known. */
  SocketOwner senderOf(Segment segment) {
    SocketOwner owner = since(segment);
    return owner != null && owner.mayHaveSent(segment) ? owner : null;
  }

  private SocketOwner since(Segment segment) {
    for (SocketOwner each : owners) {
      if (each.openedAtNanos() <= segment.timestampNanos()) {
        return each;
      }
    }
    return null;
  }
}
