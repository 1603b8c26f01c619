package io.github.pidflow.host;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;

/**
 * Tells which way a packet goes, and which of its sightings counts. One rule, for every device:
 *
 * <p><b>A packet that a socket of this host sends or receives counts once, on the device where its
 * address lives. Every other sighting of it is a {@link Locality#DUPLICATE}. A packet that only
 * passes through counts wherever it is seen, as in {@code /proc/net/dev}.</b>
 *
 * <h2>Devices stacked on each other</h2>
 *
 * A bridge, bond or team counts, its ports do not. A VLAN device, macvlan or ipvlan counts what has
 * its tag or its address, and the device below does not count that. See {@link InterfaceStack}.
 *
 * <h2>Packets to many</h2>
 *
 * A broadcast or multicast packet has no address that tells macvlans apart: the kernel shows it on
 * the device below and on each macvlan that takes it, or, if a sibling sent it, on macvlans alone.
 * The device that shows it first counts; the others of the same stack do not. The same holds for
 * one that is sent from no address yet.
 *
 * <h2>Devices that show copies</h2>
 *
 * An ifb device only shapes what another device sends or has received: nothing counts on it. The
 * target of a mirror of tc(8) shows copies of what others send and receive: on it, nothing counts
 * but what has its own addresses. A target without an address shows nothing but copies, even of
 * packets that pass through. What tc redirects to a device that is no ifb is sent there and nowhere
 * else, so it counts.
 *
 * <h2>Loopback, and capture files</h2>
 *
 * Loopback shows each packet twice, sent and then received, and each sighting counts for one end. A
 * capture file may have both, if it was made on all interfaces, or one: a packet between addresses
 * of the host that comes without its first half counts for both ends. In a file, whose devices are
 * not known, the first of several interfaces that show the same packet the same way counts; the
 * packets are told by a hash of their content.
 *
 * <p>Remembers packets of these last kinds for a moment. For one thread.
 */
public final class Sightings {
  /** How far apart the sightings of one packet are at most; macvlans take broadcasts by a queue. */
  private static final long WITHIN_NANOS = 1_000_000_000;

  /** The same in a file, where nothing else has the same content. */
  private static final long WITHIN_NANOS_IN_FILE = 10_000_000_000L;

  /** The same where a packet that is sent again has the same content. */
  private static final long WITHIN_NANOS_IF_REPEATED = 5_000_000;

  /** The interface index in a file that has none. */
  private static final int UNNAMED = 0;

  private static final long SENT_SALT = 0x5851_f42d_4c95_7f2dL;

  private final RecentSightings first = new RecentSightings();
  private final RecentSightings halves = new RecentSightings();

  /**
   * Classifies a segment and sets its direction: as seen from the process for this host's traffic,
   * as seen from the interface for forwarded segments and duplicates.
   */
  public Locality locate(HostNetwork network, Segment segment) {
    InterfaceStack stack = network.stack(segment.interfaceIndex());
    boolean outgoing =
        switch (segment.packetType()) {
          case OUTGOING -> true;
          case UNKNOWN -> network.isLocal(segment.sourceHigh(), segment.sourceLow());
          default -> false;
        };
    segment.direction(outgoing ? Direction.TX : Direction.RX);
    if (stack == null) {
      return locateInFile(network, segment, outgoing);
    }
    segment.vrfIndex(stack.vrfIndex());
    if (stack.isLoopback()) {
      return outgoing ? Locality.SENT : Locality.RECEIVED;
    }
    if (stack.showsCopy(network, segment)) {
      return Locality.DUPLICATE;
    }
    if (!(outgoing ? network.isSource(segment) : network.isDestination(segment))) {
      return Locality.FORWARDED;
    }
    if (stack.isSeenAbove(segment)) {
      return Locality.DUPLICATE;
    }
    if (segment.packetType() == PacketType.OTHERHOST) {
      return Locality.FORWARDED;
    }
    if (stack.sharesBroadcasts() && network.isToMany(segment)) {
      long key = key(segment) + stack.family();
      if (first.wasSeenElsewhere(
          key, segment.interfaceIndex(), segment.timestampNanos(), WITHIN_NANOS)) {
        return Locality.DUPLICATE;
      }
    }
    return outgoing ? Locality.SENT : Locality.RECEIVED;
  }

  /** On an interface that is not known: in a file, or for a moment when one is added. */
  private Locality locateInFile(HostNetwork network, Segment segment, boolean outgoing) {
    boolean local =
        network.isLocal(segment.sourceHigh(), segment.sourceLow())
            && network.isLocal(segment.destinationHigh(), segment.destinationLow());
    if (!local && !(outgoing ? network.isSource(segment) : network.isDestination(segment))) {
      return Locality.FORWARDED;
    }
    if (segment.contentHash() != 0 && isSecondInFile(segment, local)) {
      return Locality.DUPLICATE;
    }
    if (local) {
      return ofBothEnds(segment);
    }
    if (segment.packetType() == PacketType.OTHERHOST) {
      return Locality.FORWARDED;
    }
    return outgoing ? Locality.SENT : Locality.RECEIVED;
  }

  private boolean isSecondInFile(Segment segment, boolean local) {
    long key = key(segment) + segment.contentHash();
    long time = segment.timestampNanos();
    int index = segment.interfaceIndex();
    if (index != UNNAMED) {
      return first.wasSeenElsewhere(key, index, time, WITHIN_NANOS_IN_FILE);
    }
    if (local) {
      return false;
    }
    // Every second sighting is taken for one on another interface.
    boolean repeatable = !segment.hasPacketId();
    if (repeatable && segment.protocol() != Protocol.TCP) {
      return false;
    }
    long within = repeatable ? WITHIN_NANOS_IF_REPEATED : WITHIN_NANOS_IN_FILE;
    if (first.takeSeen(key, time, within)) {
      return true;
    }
    first.add(key, time, within);
    return false;
  }

  private Locality ofBothEnds(Segment segment) {
    // Both halves have the same key.
    segment.direction(Direction.TX);
    long key = key(segment) + segment.contentHash();
    long time = segment.timestampNanos();
    if (segment.packetType() == PacketType.OUTGOING) {
      halves.add(key, time, WITHIN_NANOS_IN_FILE);
      return Locality.SENT;
    }
    segment.direction(Direction.RX);
    boolean sentBefore =
        segment.packetType() != PacketType.UNKNOWN
            && halves.takeSeen(key, time, WITHIN_NANOS_IN_FILE);
    return sentBefore ? Locality.RECEIVED : Locality.BOTH;
  }

  private static long key(Segment segment) {
    long ports =
        ((long) segment.namespace() << 40)
            | ((long) segment.protocol() << 32)
            | ((long) segment.sourcePort() << 16)
            | segment.destinationPort();
    long hash = ports * 31 + segment.bytes();
    hash = (hash * 31 + segment.sourceHigh()) * 31 + segment.sourceLow();
    hash = (hash * 31 + segment.destinationHigh()) * 31 + segment.destinationLow();
    return segment.direction() == Direction.TX ? hash ^ SENT_SALT : hash;
  }
}
