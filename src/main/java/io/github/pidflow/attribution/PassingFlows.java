package io.github.pidflow.attribution;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.FlowHash;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import java.util.function.Consumer;

/**
 * Flows between addresses of which neither is this host's as far as is known. Nearly all only pass
 * through, but not all:
 *
 * <ul>
 *   <li>A socket may have an address of somebody else (IP_TRANSPARENT, IP_FREEBIND), and may be
 *       given packets to one (TPROXY).
 *   <li>An address may be so new that rtnetlink has not reported it yet.
 * </ul>
 *
 * So the first packets of a flow wait for {@link #HOLD_NANOS}, in which the socket table, the
 * kernel and the network can tell that it is this host's. On a router this costs little, since a
 * packet that came in and goes out again was only passing: no kernel is asked, and the wait ends
 * microseconds after it began. What follows in the same flow does not wait.
 *
 * <p>The flows are kept by source and destination in a fixed number of places. A flow's hash
 * selects four of them, of which it takes the one that is settled for the longest time; if other
 * flows wait in all four, the first of them is settled then. A verdict is reconsidered now and
 * then, and at a SYN. For one thread; nothing is allocated once the places are in use.
 */
final class PassingFlows {
  /**
   * Longer than a connection that was just accepted needs to be found and confirmed, on a busy
   * host.
   */
  static final long HOLD_NANOS = 2_000_000_000;

  private static final int PLACES = 4096;
  private static final int BUCKET_PLACES = 4;
  private static final int BUCKET_SHIFT = 54;

  private static final long MIN_RECONSIDER_NANOS = 2_000_000_000L;
  private static final long MAX_RECONSIDER_NANOS = 32_000_000_000L;
  private static final long RECONSIDER_AT_SYN_NANOS = 1_000_000_000L;

  /** A packet on its way out follows the same packet on its way in after much less. */
  private static final long FIRST_LOOKUP_NANOS = 20_000_000;

  private static final long LOOKUP_PAUSE_NANOS = 100_000_000;

  private final Place[] places = new Place[PLACES];
  private int waiting;
  private long waitingBytes;

  /** What is known of a flow. */
  enum State {
    WAITING,
    PASSING,
    OURS
  }

  /** A flow, and the packets of it that wait. */
  static final class Place {
    private final Segment flow = new Segment();
    private State state = State.PASSING;
    private long sinceNanos;
    private long reconsiderNanos;
    private long nextLookupNanos;
    private long packets;
    private long bytes;
    private long copyPackets;
    private long copyBytes;

    State state() {
      return state;
    }

    /** The flow as its first segment was. */
    Segment first() {
      return flow;
    }

    /** The packets that wait, as one segment. */
    Segment sum() {
      flow.sum(packets, bytes);
      return flow;
    }

    /** Sightings of them on further interfaces, as one segment. */
    Segment copies() {
      flow.sum(copyPackets, copyBytes);
      return flow;
    }

    private boolean isOf(Segment segment) {
      return flow.protocol() == segment.protocol()
          && flow.sourcePort() == segment.sourcePort()
          && flow.destinationPort() == segment.destinationPort()
          && flow.sourceLow() == segment.sourceLow()
          && flow.destinationLow() == segment.destinationLow()
          && flow.sourceHigh() == segment.sourceHigh()
          && flow.destinationHigh() == segment.destinationHigh()
          && flow.namespace() == segment.namespace();
    }
  }

  /** Whether this host may have sent the segment, or take it. */
  static boolean mayBeOurs(Segment segment) {
    return segment.portsKnown()
        && (segment.packetType() == PacketType.HOST || segment.packetType() == PacketType.OUTGOING);
  }

  /** The place of a segment's flow whose state still holds; null if there is none. */
  Place find(Segment segment, long nowNanos) {
    int bucket = bucket(segment);
    for (int i = bucket; i < bucket + BUCKET_PLACES; i++) {
      Place place = places[i];
      if (place != null && place.isOf(segment)) {
        return place.state == State.WAITING || !isDue(place, segment, nowNanos) ? place : null;
      }
    }
    return null;
  }

  private static boolean isDue(Place place, Segment segment, long nowNanos) {
    long age = nowNanos - place.sinceNanos;
    return age >= place.reconsiderNanos
        || (segment.opensConnection() && age >= RECONSIDER_AT_SYN_NANOS);
  }

  /** The place that a segment's flow would take, if packets of another flow wait there. */
  Place occupant(Segment segment) {
    Place place = places[slot(segment)];
    return place != null && place.state == State.WAITING ? place : null;
  }

  /** Gives a flow its place, where nothing may wait. */
  Place start(Segment segment, State state, long nowNanos) {
    int slot = slot(segment);
    Place place = places[slot];
    if (place == null) {
      place = new Place();
      places[slot] = place;
    }
    boolean again = place.isOf(segment) && place.reconsiderNanos > 0;
    place.reconsiderNanos =
        again ? Math.min(place.reconsiderNanos * 2, MAX_RECONSIDER_NANOS) : MIN_RECONSIDER_NANOS;
    place.flow.copy(segment);
    place.packets = 0;
    place.bytes = 0;
    place.copyPackets = 0;
    place.copyBytes = 0;
    place.state = state;
    place.sinceNanos = nowNanos;
    place.nextLookupNanos = nowNanos + FIRST_LOOKUP_NANOS;
    if (state == State.WAITING) {
      waiting++;
    }
    return place;
  }

  void add(Place place, Segment segment) {
    place.packets += segment.packets();
    place.bytes += segment.countedBytes();
    waitingBytes += segment.countedBytes();
  }

  /** Adds a sighting on another interface, which counts only if the flow passes through. */
  void addCopy(Place place, Segment segment) {
    place.copyPackets += segment.packets();
    place.copyBytes += segment.countedBytes();
  }

  /** Whether the segment is on its way out and the waiting ones are on their way in. */
  static boolean goesOn(Place place, Segment segment) {
    return place.flow.direction() == Direction.RX && segment.direction() == Direction.TX;
  }

  /** Ends a flow's wait. */
  void settle(Place place, State state, long nowNanos) {
    waiting--;
    waitingBytes -= place.bytes;
    place.state = state;
    place.sinceNanos = nowNanos;
  }

  long ageNanos(Place place, long nowNanos) {
    return nowNanos - place.sinceNanos;
  }

  boolean takeLookupDue(Place place, long nowNanos) {
    if (nowNanos - place.nextLookupNanos < 0) {
      return false;
    }
    place.nextLookupNanos = nowNanos + LOOKUP_PAUSE_NANOS;
    return true;
  }

  /** Visits every flow that waits, which the visitor may settle. */
  void forEachWaiting(Consumer<Place> visitor) {
    for (int i = 0; i < PLACES && waiting > 0; i++) {
      Place place = places[i];
      if (place != null && place.state == State.WAITING) {
        visitor.accept(place);
      }
    }
  }

  int waiting() {
    return waiting;
  }

  long waitingBytes() {
    return waitingBytes;
  }

  /** The place of a flow itself, an unused one, or the one that is to give way. */
  private int slot(Segment segment) {
    int bucket = bucket(segment);
    int best = bucket;
    for (int i = bucket; i < bucket + BUCKET_PLACES; i++) {
      if (places[i] == null || places[i].isOf(segment)) {
        return i;
      }
      if (givesWayBefore(places[i], places[best])) {
        best = i;
      }
    }
    return best;
  }

  private static boolean givesWayBefore(Place one, Place other) {
    boolean oneWaits = one.state == State.WAITING;
    boolean otherWaits = other.state == State.WAITING;
    return oneWaits == otherWaits ? one.sinceNanos - other.sinceNanos < 0 : otherWaits;
  }

  private static int bucket(Segment segment) {
    long ports =
        ((long) segment.namespace() << 40)
            | ((long) segment.protocol() << 32)
            | ((long) segment.sourcePort() << 16)
            | segment.destinationPort();
    long hash =
        FlowHash.of(
            ports,
            segment.sourceLow(),
            segment.destinationLow(),
            segment.sourceHigh(),
            segment.destinationHigh(),
            0);
    return (int) (hash >>> BUCKET_SHIFT) * BUCKET_PLACES;
  }
}
