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
 * Copies of packets whose verdict is pending, by their flows. Bounded in bytes; for the capturing
 * thread.
 */
final class PendingPackets {
  private static final int MAX_BYTES = 1 << 23;

  /** What a packet takes besides its bytes. */
  private static final int OVERHEAD_BYTES = 256;

  private final Map<SocketKey, List<PendingEnd>> byFlow = new HashMap<>();
  private final Set<Packet> packets = new LinkedHashSet<>();
  private int bytes;

  private record PendingEnd(Packet packet, Direction direction) {}

  /** A packet, the verdicts on it so far, and the recordings that may take it. */
  static final class Packet {
    private final Frame frame;
    private final int interfaceIndex;
    private final PacketType type;
    private final PacketOwners owners;
    private final List<Recording> recordings;

    private Packet(Frame frame, Segment segment, PacketOwners owners, List<Recording> recordings) {
      this.frame = frame;
      interfaceIndex = segment.interfaceIndex();
      type = segment.packetType();
      this.owners = owners;
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

    PacketOwners owners() {
      return owners;
    }

    List<Recording> recordings() {
      return recordings;
    }

    private int bytes() {
      return frame.capturedLength() + OVERHEAD_BYTES;
    }
  }

  /** Keeps a copy of a packet; false if there is no room. */
  boolean add(Frame frame, Segment segment, PacketOwners owners, List<Recording> recordings) {
    if (bytes + frame.capturedLength() + OVERHEAD_BYTES > MAX_BYTES) {
      return false;
    }
    Packet packet = new Packet(copy(frame), segment, owners.copy(), List.copyOf(recordings));
    Direction before = segment.direction();
    for (Direction each : Direction.values()) {
      if (owners.isPending(each)) {
        segment.direction(each);
        byFlow
            .computeIfAbsent(flow(segment), key -> new ArrayList<>())
            .add(new PendingEnd(packet, each));
      }
    }
    segment.direction(before);
    packets.add(packet);
    bytes += packet.bytes();
    return true;
  }

  private static SocketKey flow(Segment segment) {
    return SocketKey.of(segment).on(segment.flowInterface());
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

  /**
   * Applies the verdict on a flow in a segment's direction.
   *
   * @param process null if there is none
   * @param reason null if there is a process, or if the flow is forwarded
   * @param settled takes the packets nothing is pending of any more
   */
  void settle(
      Segment flow, ProcessInfo process, UnattributedReason reason, Consumer<Packet> settled) {
    if (packets.isEmpty()) {
      return;
    }
    SocketKey key = flow(flow);
    List<PendingEnd> ends = byFlow.get(key);
    if (ends == null) {
      return;
    }
    List<PendingEnd> others = new ArrayList<>();
    for (PendingEnd each : ends) {
      if (each.direction != flow.direction()) {
        others.add(each);
        continue;
      }
      Packet packet = each.packet;
      packet.owners.set(flow.direction(), process, reason);
      if (!packet.owners.isPending()) {
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

  /** The packets of a recording in the order they came; they stay here. */
  List<Packet> of(Recording recording) {
    return packets.stream().filter(each -> each.recordings.contains(recording)).toList();
  }

  void clear() {
    packets.clear();
    byFlow.clear();
    bytes = 0;
  }
}
