package io.github.pidflow.recording;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Copies of packets whose owner is still being looked for, by the flows they are of. Bounded in
 * bytes; for the thread that captures.
 */
final class WaitingRoom {
  private static final int MAX_BYTES = 1 << 23;
  private static final int BYTES_BESIDES = 256;

  private final Map<SocketKey, List<End>> byFlow = new HashMap<>();
  private final Set<Packet> packets = new LinkedHashSet<>();
  private int bytes;

  /** One end of a packet, which is of a flow that waits. */
  private record End(Packet packet, Direction direction) {}

  /** A packet, the ends of it that wait, and the recordings that may take it. */
  static final class Packet {
    private final Frame frame;
    private final int interfaceIndex;
    private final PacketType type;
    private final Sides sides;
    private final List<Recording> recordings;

    private Packet(Frame frame, Segment segment, Sides sides, List<Recording> recordings) {
      this.frame = frame;
      interfaceIndex = segment.interfaceIndex();
      type = segment.packetType();
      this.sides = sides;
      this.recordings = recordings;
    }

    Frame frame() {
      return frame;
    }

    int interfaceIndex() {
      return interfaceIndex;
    }

    PacketType type() {
      return type;
    }

    Sides sides() {
      return sides;
    }

    List<Recording> recordings() {
      return recordings;
    }

    private int bytes() {
      return frame.capturedLength() + BYTES_BESIDES;
    }
  }

  /** Keeps a copy of a packet, if there is room. */
  boolean add(Frame frame, Segment segment, Sides sides, List<Recording> recordings) {
    if (bytes + frame.capturedLength() + BYTES_BESIDES > MAX_BYTES) {
      return false;
    }
    Packet packet = new Packet(copy(frame), segment, sides.copy(), List.copyOf(recordings));
    Direction before = segment.direction();
    for (Direction each : Direction.values()) {
      if (sides.waits(each)) {
        segment.direction(each);
        byFlow
            .computeIfAbsent(SocketKey.of(segment), key -> new ArrayList<>())
            .add(new End(packet, each));
      }
    }
    segment.direction(before);
    packets.add(packet);
    bytes += packet.bytes();
    return true;
  }

  private static Frame copy(Frame frame) {
    byte[] copy = new byte[frame.capturedLength()];
    frame.buffer().get(frame.offset(), copy);
    return new Frame()
        .namespace(frame.namespace())
        .bytes(ByteBuffer.wrap(copy), 0, copy.length, frame.wireLength())
        .link(frame.linkType(), frame.etherType())
        .seen(frame.interfaceIndex(), frame.packetType(), frame.vlanTci(), frame.timestampNanos())
        .weight(frame.weight());
  }

  /** Learns whose a direction of a flow is, and lets go what waits for nothing more. */
  void settle(
      Segment flow,
      Direction direction,
      ProcessInfo process,
      UnattributedReason reason,
      Consumer<Packet> settled) {
    if (packets.isEmpty()) {
      return;
    }
    SocketKey key = SocketKey.of(flow);
    List<End> waiting = byFlow.get(key);
    if (waiting == null) {
      return;
    }
    List<End> others = new ArrayList<>();
    for (End each : waiting) {
      if (each.direction != direction) {
        others.add(each);
        continue;
      }
      Packet packet = each.packet;
      packet.sides.set(direction, process, reason);
      if (!packet.sides.isWaiting()) {
        packets.remove(packet);
        bytes -= packet.bytes();
        settled.accept(packet);
      }
    }
    if (others.isEmpty()) {
      byFlow.remove(key);
    } else {
      byFlow.put(key, others);
    }
  }

  boolean hasAnyOf(Recording recording) {
    return packets.stream().anyMatch(each -> each.recordings.contains(recording));
  }

  /** Those of a recording that will wait no longer, in the order they came; they stay here. */
  List<Packet> of(Recording recording) {
    return packets.stream().filter(each -> each.recordings.contains(recording)).toList();
  }

  void clear() {
    packets.clear();
    byFlow.clear();
    bytes = 0;
  }
}
