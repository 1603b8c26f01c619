package io.github.pidflow.sockettable;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import java.util.ArrayList;
import java.util.List;

/**
 * The owners of a five-tuple over time. A datagram belongs to the owner at the time of its capture,
 * even if another has the five-tuple when the datagram is attributed. Immutable.
 */
public final class OwnerHistory {
  /** Longer than a flow is parked. */
  private static final long MEMORY_NANOS = 60_000_000_000L;

  private static final int MAX_OWNERS = 32;

  /** Latest first. */
  private final SocketOwner[] owners;

  private OwnerHistory(SocketOwner... owners) {
    this.owners = owners;
  }

  public static OwnerHistory of(SocketOwner owner) {
    return new OwnerHistory(owner);
  }

  /** A history of at least one owner, none of which overlaps the next. */
  public static OwnerHistory of(List<SocketOwner> latestFirst) {
    return new OwnerHistory(latestFirst.toArray(SocketOwner[]::new));
  }

  /** Whether another owner displaces the earliest, unless that has expired anyway. */
  boolean isFull() {
    return owners.length == MAX_OWNERS;
  }

  SocketOwner latest() {
    return owners[0];
  }

  /** Replaces the latest owner. */
  OwnerHistory withLatest(SocketOwner owner) {
    SocketOwner[] now = owners.clone();
    now[0] = owner;
    return new OwnerHistory(now);
  }

  /** Adds the owner of another socket: the latest unless it is known to be earlier. */
  OwnerHistory with(SocketOwner other, int protocol) {
    List<SocketOwner> now = new ArrayList<>(List.of(owners));
    if (other.openedAtNanos() == SocketOwner.EVER) {
      now.add(0, other);
      separate(now, protocol);
    } else {
      place(now, other);
    }
    long horizon = now.get(0).openedAtNanos() - MEMORY_NANOS;
    now.subList(1, now.size()).removeIf(each -> each.closedAtNanos() < horizon);
    return new OwnerHistory(now.stream().limit(MAX_OWNERS).toArray(SocketOwner[]::new));
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

  /** Separates the first two owners where neither the close nor the creation is known exactly. */
  private static void separate(List<SocketOwner> owners, int protocol) {
    SocketOwner later = owners.get(0);
    SocketOwner earlier = owners.get(1);
    long from = earlier.confirmedAtNanos();
    long to = Math.max(from, Math.min(earlier.closedAtNanos(), later.confirmedAtNanos()));
    owners.set(0, later.opened(to));
    // A SYN shows where a connection starts; datagrams show nothing.
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

  /** The owner of a segment, null if none covers it; see {@link SocketOwner#covers}. */
  SocketOwner of(Segment segment, ScanTimes scans) {
    SocketOwner owner = since(segment);
    return owner != null && owner.covers(segment, scans) ? owner : null;
  }

  /** The owner that closed the socket of a datagram before it was captured; null if unknown. */
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
