package io.github.pidflow.recording;

import io.github.pidflow.flow.Direction;
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
 * Puts packets into the recordings that want them; all of it is for the thread that captures. A
 * packet is begun, then whose it is at either end is said, then it is ended.
 *
 * <p>On the loopback device a packet is seen twice, sent and received. The recording has it once,
 * as received, under the names of both ends if both are chosen.
 */
public final class Recorder {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);

  /** How long frames of a recording's time may still lie in the capture ring after its end. */
  private static final long REST_NANOS = 200_000_000;

  /** How long packets may look for their owner after a recording's end. */
  private static final long PATIENCE_NANOS = 1_000_000_000;

  private final Recordings recordings;
  private final InterfaceNames names;
  private final Comments comments = new Comments();
  private final Sides sides = new Sides();
  private final WaitingRoom waiting = new WaitingRoom();
  private final List<Recording> wanting = new ArrayList<>();
  private List<Recording> active = List.of();
  private Frame frame;
  private Segment segment;
  private long nowNanos;
  private boolean yielding;

  public Recorder(Recordings recordings, InterfaceNames names) {
    this.recordings = recordings;
    this.names = names;
  }

  /** Takes over recordings that were begun, and lets go those that are over. */
  public void turn(long nowNanos) {
    this.nowNanos = nowNanos;
    List<Recording> latest = recordings.active();
    for (Recording each : latest) {
      Recording.End end = each.end();
      if (end != null && !each.isReleased()) {
        long over = nowNanos - end.nanos();
        if (over > PATIENCE_NANOS || (over > REST_NANOS && !waiting.hasAnyOf(each))) {
          release(each);
        }
      }
    }
    active = latest.stream().filter(each -> !each.isReleased()).toList();
    if (active.isEmpty()) {
      yielding = false;
      waiting.clear();
    }
  }

  /** Whether packets are to be shown to it. */
  public boolean isActive() {
    return !active.isEmpty();
  }

  /**
   * Has the recordings there are make do with what the settings have copied of each packet: the
   * kernel dropped some, which are then missing from the counters too.
   */
  public void giveWay() {
    if (!yielding) {
      yielding = true;
      LOG.warn(
          "recordings get no more than pidflow.capture.snap-length of a packet from now on: the"
              + " kernel drops packets while they are copied whole");
    }
  }

  /** How many bytes of a packet the recordings want, 0 for no more than are copied anyway. */
  public int snapLength() {
    return yielding
        ? 0
        : active.stream().mapToInt(each -> each.request().snapLength()).max().orElse(0);
  }

  /** Says that the kernel copies that much, and no more, of what comes from now on. */
  public void begin(long epochNanos) {
    for (Recording each : active) {
      if (!each.hasBegun()) {
        each.begin(epochNanos);
      }
      if (yielding && each.end() == null) {
        each.cut();
      }
    }
  }

  /** Lets all go at once, since nobody will capture any more. */
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
    for (WaitingRoom.Packet each : waiting.of(recording)) {
      put(recording, each.frame(), each.interfaceIndex(), each.type(), each.sides());
    }
    recording.release();
    recordings.use();
  }

  /** Begins a packet, and says whether anybody wants to know more of it. */
  public boolean begin(Frame frame, Segment segment) {
    wanting.clear();
    for (int i = 0; i < active.size(); i++) {
      Recording each = active.get(i);
      if (each.hasBegun() && each.wants(frame, nowNanos)) {
        wanting.add(each);
      }
    }
    this.frame = frame;
    this.segment = segment;
    sides.clear();
    return !wanting.isEmpty();
  }

  public void attributed(Direction side, ProcessInfo process) {
    sides.set(side, process, null);
  }

  public void unattributed(Direction side, UnattributedReason reason) {
    sides.set(side, null, reason);
  }

  /** Says that the owner at one end is being looked for. */
  public void waits(Direction side) {
    sides.await(side);
  }

  /** Ends a packet of which everything is said that is known. */
  public void end() {
    if (wanting.isEmpty()) {
      return;
    }
    if (sides.isWaiting()) {
      if (!waiting.add(frame, segment, sides, wanting)) {
        wanting.forEach(Recording::drop);
      }
    } else {
      for (int i = 0; i < wanting.size(); i++) {
        put(wanting.get(i), frame, segment.interfaceIndex(), segment.packetType(), sides);
      }
    }
    wanting.clear();
  }

  /** Records a packet that is not of IP, where a filter alone chooses. */
  public void notIp(Frame frame, Segment segment) {
    if (frame.linkType() == LinkType.NETWORK || !begin(frame, segment)) {
      return;
    }
    for (Recording each : wanting) {
      if (each.choice().isAnyones()) {
        each.put(frame, segment.interfaceIndex(), segment.packetType(), names, Comment.notIp());
      }
    }
    wanting.clear();
  }

  /** Hears whose a flow is that waited. */
  public void settled(
      Segment flow, Direction direction, ProcessInfo process, UnattributedReason reason) {
    waiting.settle(flow, direction, process, reason, this::put);
  }

  private void put(WaitingRoom.Packet packet) {
    for (Recording each : packet.recordings()) {
      if (!each.isReleased()) {
        put(each, packet.frame(), packet.interfaceIndex(), packet.type(), packet.sides());
      }
    }
  }

  private void put(
      Recording recording, Frame frame, int interfaceIndex, PacketType type, Sides sides) {
    byte[] comment = sides.comment(recording.choice(), comments);
    if (comment != null) {
      recording.put(frame, interfaceIndex, type, names, comment);
    }
  }
}
