package io.github.pidflow.attribution;

import io.github.pidflow.attribution.FallbackOwners.Sender;
import io.github.pidflow.attribution.ParkedFlows.Outcome;
import io.github.pidflow.attribution.PassingFlows.Place;
import io.github.pidflow.attribution.PassingFlows.State;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.Networks;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.sockettable.SocketOwner;
import io.github.pidflow.sockettable.SocketTable;
import java.util.function.Consumer;

/**
 * Decides which process each segment belongs to, and tells one {@link AttributionSink}.
 *
 * <p>A segment whose owner is known goes straight to the sink. Otherwise its flow is parked and a
 * lookup is asked for. {@link #settle()} sends a parked flow's sum on its way once its owner is
 * known, or, when it has been parked for too long, to its fallback owner or a reason. At any time
 * captured = attributed + unattributed + forwarded + parked, in bytes.
 *
 * <p>For one thread; nothing is allocated for a segment whose owner is known.
 */
public final class Attribution {
  /** The most lookups between two calls of {@link #settle()} of flows that may only pass. */
  private static final int PASSING_LOOKUPS = 5;

  private final ParkedFlows parked;
  private final WaitingFragments fragments = new WaitingFragments();
  private final PassingFlows passing = new PassingFlows();
  private final Networks networks;
  private final OwnerCache owners = new OwnerCache();
  private final FallbackOwners fallback;
  private final ReportedSenders reported;
  private final Consumer<Miss> lookups;
  private final CounterBatch counters;
  private AttributionSink sink;
  private long maxParkedNanos;
  private long nowNanos;
  private long capturedBytes;
  private int passingLookups;

  /**
   * @param lookups takes flows whose owner is to be looked up
   */
  public Attribution(
      AccountingSettings settings,
      Networks networks,
      AttributionSink sink,
      Consumer<Miss> lookups,
      CounterBatch counters) {
    parked = new ParkedFlows(settings.parkedMaxCount());
    this.networks = networks;
    fallback = new FallbackOwners(networks);
    reported = new ReportedSenders(parked, owners, fallback, this::deliver);
    this.sink = sink;
    this.lookups = lookups;
    this.counters = counters;
    apply(settings);
  }

  /** Changes how long flows are parked; the number of places is fixed. */
  public final void apply(AccountingSettings settings) {
    maxParkedNanos = settings.parkedMaxAge().toNanos();
  }

  /** Sends later verdicts to another sink. */
  public void sendTo(AttributionSink newSink) {
    sink = newSink;
  }

  public void replaceTable(SocketTable table) {
    owners.replaceTable(table);
  }

  /** Sets the time of what follows: once a batch, not once a segment. */
  public void advanceTo(long nanos) {
    nowNanos = nanos;
  }

  /** Finds the owner of a segment of this host, whose direction is set. */
  public void attribute(Segment segment) {
    capturedBytes += segment.countedBytes();
    if (segment.portsKnown()) {
      findOwner(segment);
      if (segment.fragmentKey() != 0) {
        releaseFragments(segment);
      }
    } else if (segment.orphanFragment()) {
      sink.held(segment);
      fragments.add(segment, nowNanos, this::orphan);
    } else {
      sink.unattributed(segment, UnattributedReason.MALFORMED);
    }
  }

  private void releaseFragments(Segment first) {
    Segment later = fragments.take(first);
    if (later != null) {
      findOwner(later);
    }
  }

  private void orphan(Segment fragments) {
    sink.unattributed(fragments, UnattributedReason.ORPHAN_FRAGMENT);
  }

  private void findOwner(Segment segment) {
    SocketOwner owner = knownOwner(segment);
    if (owner != null) {
      deliver(segment, owner);
    } else if (mayHaveSocket(segment)) {
      park(segment);
    } else {
      sink.unattributed(segment, UnattributedReason.KERNEL_PROTOCOL);
    }
  }

  /**
   * Takes a segment of which neither address is this host's, and whose direction is set as the
   * interface sees it: counts it as forwarded, unless a socket of this host has it after all.
   *
   * @param isPort whether it was seen on a port, whose master shows this host's packets
   * @return false if it is another sighting of this host's packet, which is not counted
   */
  public boolean pass(Segment segment, boolean isPort) {
    Place place = passing.find(segment, nowNanos);
    if (place == null) {
      startPassing(segment, isPort);
      return true;
    }
    switch (place.state()) {
      case PASSING -> forward(segment);
      case OURS -> {
        if (isPort || segment.interfaceIndex() != place.first().interfaceIndex()) {
          return false;
        }
        attribute(segment);
      }
      case WAITING -> {
        if (PassingFlows.goesOn(place, segment)) {
          letPass(place);
          forward(segment);
        } else if (isPort || segment.interfaceIndex() != place.first().interfaceIndex()) {
          passing.addCopy(place, segment);
        } else {
          hold(place, segment);
        }
      }
    }
    return true;
  }

  private void startPassing(Segment segment, boolean isPort) {
    Place occupant = passing.occupant(segment);
    if (occupant != null) {
      letPass(occupant);
    }
    if (isPort || !PassingFlows.mayBeOurs(segment)) {
      passing.start(segment, State.PASSING, nowNanos);
      forward(segment);
      return;
    }
    SocketOwner owner = owners.table().ownerByAddress(segment);
    if (owner != null) {
      passing.start(segment, owner.isForwarded() ? State.PASSING : State.OURS, nowNanos);
      attribute(segment);
      return;
    }
    hold(passing.start(segment, State.WAITING, nowNanos), segment);
    if (segment.direction() == Direction.TX) {
      lookUpPassing(segment);
    }
  }

  private void hold(Place place, Segment segment) {
    capturedBytes += segment.countedBytes();
    passing.add(place, segment);
    sink.parked(segment);
  }

  /** A router's flows must not crowd out the lookups of this host's. */
  private void lookUpPassing(Segment segment) {
    if (passingLookups < PASSING_LOOKUPS && mayHaveSocket(segment)) {
      passingLookups++;
      lookUp(segment, false);
    }
  }

  /** Counts what waits as forwarded. */
  private void letPass(Place place) {
    passing.settle(place, State.PASSING, nowNanos);
    sink.forwarded(place.sum());
    Segment copies = place.copies();
    if (copies.packets() > 0) {
      forward(copies);
    }
  }

  /** Gives what waits to this host's sockets. */
  private void keep(Place place) {
    passing.settle(place, State.OURS, nowNanos);
    Segment copies = place.copies();
    counters.add(DaemonCounter.DUPLICATE_PACKETS, copies.packets());
    counters.add(DaemonCounter.DUPLICATE_BYTES, copies.countedBytes());
    Segment sum = place.sum();
    capturedBytes -= sum.countedBytes();
    attribute(sum);
  }

  private void settlePassing(Place place) {
    Segment first = place.first();
    SocketOwner owner = owners.table().ownerByAddress(first);
    if (owner != null ? !owner.isForwarded() : isLocalByNow(first)) {
      keep(place);
    } else if (owner != null || passing.ageNanos(place, nowNanos) >= PassingFlows.HOLD_NANOS) {
      letPass(place);
    } else if (passing.takeLookupDue(place, nowNanos)) {
      lookUpPassing(first);
    }
  }

  private boolean isLocalByNow(Segment segment) {
    return networks.of(segment.namespace()).isLocal(segment.localHigh(), segment.localLow());
  }

  /** Counts a segment that only passes through this host. */
  public void forward(Segment segment) {
    capturedBytes += segment.countedBytes();
    sink.forwarded(segment);
  }

  /** Counts a segment whose owner cannot even be looked for. */
  public void reject(Segment segment, UnattributedReason reason) {
    capturedBytes += segment.countedBytes();
    sink.unattributed(segment, reason);
  }

  /**
   * Tells a sink, which is not this one's, as much of a segment's verdict as is known; no count.
   */
  public void identify(Segment segment, AttributionSink listener) {
    if (!segment.portsKnown()) {
      return;
    }
    SocketOwner owner = parked.containsOpening(segment) ? null : owners.find(segment);
    if (owner != null && !owner.isForwarded()) {
      listener.attributed(segment, owner.process(), nowNanos);
    } else if (parked.contains(segment)) {
      listener.parked(segment);
    }
  }

  private SocketOwner knownOwner(Segment segment) {
    SocketOwner owner = owners.cached(segment);
    // While a SYN is parked, so is what follows it: it does not belong to the last owner.
    return owner == null && !parked.containsOpening(segment) ? owners.find(segment) : owner;
  }

  private void deliver(Segment segment, SocketOwner owner) {
    if (owner.process() != null) {
      sink.attributed(segment, owner.process(), nowNanos);
    } else if (owner.isForwarded()) {
      sink.forwarded(segment);
    } else {
      sink.unattributed(segment, owner.reason());
    }
  }

  /** The kernel's ICMP errors have no socket, nor have its answers to the echoes of others. */
  private static boolean mayHaveSocket(Segment segment) {
    boolean icmp = segment.protocol() == Protocol.ICMP || segment.protocol() == Protocol.ICMPV6;
    return !icmp || segment.localPort() != 0;
  }

  private void park(Segment segment) {
    counters.increment(DaemonCounter.MISSES);
    int rank = rank(segment);
    Outcome outcome = parked.add(segment, rank, nowNanos);
    if (outcome == Outcome.FULL) {
      counters.increment(DaemonCounter.PARKED_OVERFLOWS);
      int id = parked.givesWay(rank);
      if (id == ParkingOrder.NONE) {
        deliver(segment, overflowOwner(segment, segment.direction() == Direction.TX));
        return;
      }
      displace(id);
      outcome = parked.add(segment, rank, nowNanos);
    }
    sink.parked(segment);
    if (outcome == Outcome.NEW) {
      lookUp(segment, rank != ParkingOrder.STRANGER);
    }
  }

  private int rank(Segment segment) {
    if (segment.direction() == Direction.TX) {
      return ParkingOrder.OWN;
    }
    return owners.table().hasUnconnected(segment) ? ParkingOrder.CLIENT : ParkingOrder.STRANGER;
  }

  /** Settles a flow before its time. */
  private void displace(int id) {
    if (parked.wasLookedUp(id, nowNanos) && !parked.isExpected(id)) {
      giveUp(id);
      return;
    }
    SocketOwner receiver = overflowOwner(parked.firstSegment(id), false);
    SocketOwner sender = overflowOwner(parked.firstSegment(id), parked.startedHere(id));
    settle(id, receiver, sender);
  }

  private void lookUp(Segment segment, boolean expected) {
    lookups.accept(
        new Miss(SocketKey.of(segment), segment.interfaceIndex(), segment.vrfIndex(), expected));
  }

  private SocketOwner overflowOwner(Segment segment, boolean startedHere) {
    SocketTable table = owners.table();
    boolean guess = startedHere && !table.senders().cover(segment.timestampNanos());
    SocketOwner owner = fallback.find(table, segment, new Sender(null, guess));
    return owner.isKnown() || owner.reason() == UnattributedReason.TUNNEL
        ? owner
        : SocketOwner.none(UnattributedReason.PARKED_OVERFLOW);
  }

  /**
   * Settles every parked flow whose owner is known by now and every flow that was parked for too
   * long, and asks again for the owners of the others.
   */
  public void settle() {
    passingLookups = 0;
    passing.forEachWaiting(this::settlePassing);
    fragments.expire(nowNanos, this::orphan);
    parked.forEach(this::settle);
  }

  /** Settles every parked flow: no owner will become known any more. */
  public void settleAll() {
    passing.forEachWaiting(this::letPass);
    fragments.removeAll(this::orphan);
    parked.forEach(this::giveUp);
  }

  private void settle(int id) {
    if (reported.settle(id, nowNanos)) {
      counters.increment(DaemonCounter.PARKED_RESOLVED);
      return;
    }
    SocketOwner owner = owners.table().owner(parked.firstSegment(id));
    if (owner != null && owner.isKnown()) {
      if (changedHands(id, owner)) {
        owner = SocketOwner.none(UnattributedReason.AMBIGUOUS);
      } else {
        counters.increment(DaemonCounter.PARKED_RESOLVED);
      }
      settle(id, owner, owner);
    } else if (parked.ageNanos(id, nowNanos) >= maxParkedNanos) {
      counters.increment(DaemonCounter.PARKED_EXPIRED);
      giveUp(id);
    } else if (parked.takeLookupDue(id, nowNanos)) {
      lookUp(parked.firstSegment(id), parked.isExpected(id));
    }
  }

  /** Whether the five-tuple had another owner already when the last of the flow was seen. */
  private boolean changedHands(int id, SocketOwner first) {
    if (!parked.lasted(id)) {
      return false;
    }
    SocketOwner last = owners.table().owner(parked.lastSegment(id));
    return last != null && last.isKnown() && !last.isSameAs(first);
  }

  private void giveUp(int id) {
    Sender sender = reported.senderOfRest(id, nowNanos);
    SocketOwner receiver = fallback.find(owners.table(), parked.firstSegment(id), Sender.NONE);
    settle(id, receiver, fallback.find(owners.table(), parked.firstSegment(id), sender));
  }

  private void settle(int id, SocketOwner receiver, SocketOwner sender) {
    Segment received = parked.sum(id, Direction.RX);
    if (received != null) {
      deliver(received, receiver);
    }
    Segment sent = parked.sum(id, Direction.TX);
    if (sent != null) {
      deliver(sent, sender);
    }
    parked.remove(id);
  }

  /** How many flows are parked. */
  public int parkedFlows() {
    return parked.count() + passing.waiting() + fragments.count();
  }

  public AttributionTotals totals() {
    return new AttributionTotals(
        capturedBytes, parked.bytes() + passing.waitingBytes() + fragments.bytes(), parkedFlows());
  }
}
