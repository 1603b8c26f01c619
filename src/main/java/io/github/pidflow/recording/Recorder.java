package io.github.pidflow.recording;

import io.github.pidflow.attribution.AttributionSink;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts packets into the recordings that select them. For the capturing thread.
 *
 * <p>Each packet is bracketed by {@link #begin} or {@link #skip} and {@link #end}; the verdicts
 * between these are on this packet. A verdict outside of the brackets is on a flow that was parked,
 * and completes the packets of that flow that are pending.
 *
 * <p>The loopback device shows a packet twice, sent and received. A recording has it once, as
 * received, with the names of both ends if both are selected.
 */
public final class Recorder implements AttributionSink {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);

  /** How long frames of a recording's time may still lie in the capture ring after its end. */
  private static final long RING_NANOS = 200_000_000;

  /** How long the verdict on a packet may be pending after a recording's end. */
  private static final long PENDING_NANOS = 1_000_000_000;

  private final Recordings recordings;
  private final InterfaceNames names;
  private final Comments comments = new Comments();
  private final PacketOwners owners = new PacketOwners();
  private final PendingPackets pending = new PendingPackets();
  private final List<Recording> takers = new ArrayList<>();
  private List<Recording> active = List.of();
  private Position position = Position.BETWEEN_PACKETS;
  private Frame frame;
  private Segment segment;
  private long nowNanos;
  private boolean yielding;

  /** Where verdicts come from. */
  private enum Position {
    BETWEEN_PACKETS,
    IN_PACKET,
    IN_SKIPPED_PACKET
  }

  public Recorder(Recordings recordings, InterfaceNames names) {
    this.recordings = recordings;
    this.names = names;
  }

  /** Adopts new recordings and releases those that are over. */
  public void update(long nowNanos) {
    this.nowNanos = nowNanos;
    List<Recording> latest = recordings.active();
    for (Recording each : latest) {
      Recording.End end = each.end();
      if (end != null && !each.isReleased()) {
        long over = nowNanos - end.nanos();
        if (over > PENDING_NANOS || (over > RING_NANOS && !pending.hasAnyOf(each))) {
          release(each);
        }
      }
    }
    active = latest.stream().filter(each -> !each.isReleased()).toList();
    if (active.isEmpty()) {
      yielding = false;
      pending.clear();
    }
  }

  /** Whether packets are to be shown to it. */
  public boolean isActive() {
    return !active.isEmpty();
  }

  /**
   * Limits the recordings to as much of a packet as the settings have copied: the kernel dropped
   * packets, which are then missing from the counters too.
   */
  public void yieldToCounting() {
    if (!yielding) {
      yielding = true;
      LOG.warn(
          "recordings are cut at pidflow.capture.snap-length from now on: the kernel dropped"
              + " packets while they were copied whole");
    }
  }

  /** How many bytes of a packet the recordings want, 0 for no more than are copied anyway. */
  public int snapLength() {
    return yielding
        ? 0
        : active.stream().mapToInt(each -> each.request().snapLength()).max().orElse(0);
  }

  /** Begins the new recordings: from this time on the kernel copies what they asked for. */
  public void beginRecordings(long epochNanos) {
    for (Recording each : active) {
      if (!each.hasBegun()) {
        each.begin(epochNanos);
      }
      if (yielding && each.end() == null) {
        each.cut();
      }
    }
  }

  /** Releases every recording, since capturing ends. */
  public void close() {
    for (Recording each : recordings.active()) {
      if (each.end() == null) {
        each.fail("nothing is captured any more", segment == null ? 0 : segment.timestampNanos());
      }
      release(each);
    }
    active = List.of();
  }

  private void release(Recording recording) {
    if (recording.isReleased()) {
      return;
    }
    for (PendingPackets.Packet each : pending.of(recording)) {
      put(recording, each.frame(), each.interfaceIndex(), each.type(), each.owners());
    }
    recording.release();
    recordings.refreshActive();
  }

  /** Begins a packet. If no recording may take it, it is skipped. */
  public void begin(Frame frame, Segment segment) {
    takers.clear();
    for (int i = 0; i < active.size(); i++) {
      Recording each = active.get(i);
      if (each.hasBegun() && each.wants(frame, nowNanos)) {
        takers.add(each);
      }
    }
    this.frame = frame;
    this.segment = segment;
    owners.clear();
    position = takers.isEmpty() ? Position.IN_SKIPPED_PACKET : Position.IN_PACKET;
  }

  /** Begins a packet no recording takes, or leaves out the one that was begun. */
  public void skip() {
    position = Position.IN_SKIPPED_PACKET;
  }

  /** Whether a packet was begun that recordings may take. */
  public boolean isInPacket() {
    return position == Position.IN_PACKET;
  }

  @Override
  public void attributed(Segment segment, ProcessInfo process, long nowNanos) {
    accept(segment, process, null);
  }

  @Override
  public void unattributed(Segment segment, UnattributedReason reason) {
    accept(segment, null, reason);
  }

  @Override
  public void forwarded(Segment segment) {
    accept(segment, null, null);
  }

  private void accept(Segment verdictOn, ProcessInfo process, UnattributedReason reason) {
    if (position == Position.IN_PACKET) {
      owners.set(verdictOn.direction(), process, reason);
    } else if (position == Position.BETWEEN_PACKETS) {
      pending.settle(verdictOn, process, reason, this::put);
    }
  }

  @Override
  public void parked(Segment segment) {
    if (position == Position.IN_PACKET) {
      owners.setPending(segment.direction());
    }
  }

  /** A recording does not wait for the first fragment: the packet is named by what is known. */
  @Override
  public void held(Segment fragment) {
    if (position == Position.IN_PACKET) {
      owners.set(fragment.direction(), null, UnattributedReason.ORPHAN_FRAGMENT);
    }
  }

  /** Ends a packet, which goes into its recordings unless a verdict on it is pending. */
  public void end() {
    if (position == Position.IN_PACKET) {
      if (owners.isPending()) {
        if (!pending.add(frame, segment, owners, takers)) {
          takers.forEach(Recording::drop);
        }
      } else {
        for (int i = 0; i < takers.size(); i++) {
          put(takers.get(i), frame, segment.interfaceIndex(), segment.packetType(), owners);
        }
      }
    }
    takers.clear();
    position = Position.BETWEEN_PACKETS;
  }

  /** Records a packet that is not IP, which only a filter can select. */
  public void notIp(Frame frame, Segment segment) {
    if (frame.linkType() == LinkType.NETWORK) {
      return;
    }
    begin(frame, segment);
    for (Recording each : takers) {
      if (each.selection().isAnyProcess()) {
        each.put(frame, segment.interfaceIndex(), segment.packetType(), names, Comment.notIp());
      }
    }
    skip();
    end();
  }

  private void put(PendingPackets.Packet packet) {
    for (Recording each : packet.recordings()) {
      if (!each.isReleased()) {
        put(each, packet.frame(), packet.interfaceIndex(), packet.type(), packet.owners());
      }
    }
  }

  private void put(
      Recording recording,
      Frame frame,
      int interfaceIndex,
      PacketType type,
      PacketOwners verdicts) {
    byte[] comment = verdicts.comment(recording.selection(), comments);
    if (comment != null) {
      recording.put(frame, interfaceIndex, type, names, comment);
    }
  }
}
