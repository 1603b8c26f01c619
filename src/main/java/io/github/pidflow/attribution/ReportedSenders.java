package io.github.pidflow.attribution;

import io.github.pidflow.attribution.FallbackOwners.Sender;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.sockettable.Senders;
import io.github.pidflow.sockettable.SocketOwner;
import java.util.function.BiConsumer;

/**
 * Settles what parked flows have sent through packet, raw and ping sockets, which have no
 * five-tuple: the kernel reports each send with its process, see {@link Senders}.
 *
 * <p>A flow of a protocol that only such sockets speak belongs to its senders, and what it received
 * to the last of them. Any other flow is theirs only once no socket of its protocol is found.
 */
final class ReportedSenders {
  /** Longer than sends take to be reported. */
  private static final long UNDECIDED_NANOS = 500_000_000;

  private final ParkedFlows parked;
  private final OwnerCache owners;
  private final FallbackOwners fallback;
  private final BiConsumer<Segment, SocketOwner> sink;
  private final RecentSenders recent = new RecentSenders();

  /**
   * @param sink takes what is settled
   */
  ReportedSenders(
      ParkedFlows parked,
      OwnerCache owners,
      FallbackOwners fallback,
      BiConsumer<Segment, SocketOwner> sink) {
    this.parked = parked;
    this.owners = owners;
    this.fallback = fallback;
    this.sink = sink;
  }

  /**
   * Settles what is known of a parked flow, and removes the flow if nothing of it is left.
   *
   * @return whether it was removed
   */
  boolean settle(int id, long nowNanos) {
    SentPackets sent = parked.sent(id);
    if (sent != null) {
      sent.judge(senders(), parked.firstSegment(id));
    }
    return RecentSenders.isRaw(parked.firstSegment(id).protocol()) && settleRaw(id, sent, nowNanos);
  }

  private boolean settleRaw(int id, SentPackets sent, long nowNanos) {
    SocketKey key = SocketKey.of(parked.firstSegment(id));
    SocketOwner sender = sent == null ? null : deliverJudged(id, sent);
    if (sender != null) {
      recent.remember(key, sender, nowNanos);
    } else if (sent == null || isUndecided(id, sent, nowNanos)) {
      sender = recent.find(key, nowNanos);
      if (sender != null && sent != null) {
        sink.accept(parked.sum(id, Direction.TX), sender);
        parked.takeSent(id);
      }
    }
    if (sender == null) {
      return false;
    }
    Segment received = parked.takeReceived(id);
    if (received != null) {
      sink.accept(received, sender);
    }
    if (!parked.isEmpty(id)) {
      return false;
    }
    parked.remove(id);
    return true;
  }

  /** Whether it stays unknown which of several processes sent what a flow has sent. */
  private boolean isUndecided(int id, SentPackets sent, long nowNanos) {
    return parked.ageNanos(id, nowNanos) >= UNDECIDED_NANOS
        && sent.senderOfRest(senders(), parked.firstSegment(id)) != null;
  }

  /**
   * Settles what is known of a flow whose time is over.
   *
   * @return the sender of the rest
   */
  Sender senderOfRest(int id, long nowNanos) {
    SentPackets sent = parked.sent(id);
    if (sent == null) {
      return Sender.NONE;
    }
    Segment flow = parked.firstSegment(id);
    sent.judge(senders(), flow);
    if (sent.hasJudged() && fallback.mayBypassSockets(owners.table(), flow)) {
      deliverJudged(id, sent);
    }
    flow = parked.firstSegment(id);
    SocketOwner reported = sent.senderOfRest(senders(), flow);
    if (RecentSenders.isRaw(flow.protocol()) && (reported == null || !reported.isKnown())) {
      SocketOwner before = recent.find(SocketKey.of(flow), nowNanos);
      reported = before == null ? reported : before;
    }
    boolean mayBeUnreported = !sent.isCovered(senders());
    return new Sender(reported, parked.startedHere(id) && mayBeUnreported);
  }

  private SocketOwner deliverJudged(int id, SentPackets sent) {
    return sent.takeJudged(
        (owner, sum) -> sink.accept(parked.takeSent(id, sum.packets(), sum.bytes()), owner));
  }

  private Senders senders() {
    return owners.table().senders();
  }
}
