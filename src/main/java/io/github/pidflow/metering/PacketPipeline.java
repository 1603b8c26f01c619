package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.attribution.LastWord;
import io.github.pidflow.attribution.OwnerMemo;
import io.github.pidflow.attribution.ParkedFlows;
import io.github.pidflow.capture.FrameHandler;
import io.github.pidflow.decode.DecodeResult;
import io.github.pidflow.decode.FrameDecoder;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.Locality;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.ownership.SocketOwner;
import io.github.pidflow.ownership.SocketTable;
import io.github.pidflow.recording.Recorder;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The way of one packet, from its frame to the counter it ends in: decode, tell whose it is, find
 * its process, count. No lock, and no allocation unless the owner is not known.
 */
public final class PacketPipeline implements FrameHandler {
  private final FrameDecoder decoder;
  private final TrafficMeter meter;
  private final Consumer<Miss> misses;
  private final DaemonCounters shared;
  private final CounterBatch counters;
  private final Segment segment = new Segment();
  private final OwnerMemo owners = new OwnerMemo();
  private final Map<Integer, HostNetwork> networks = new HashMap<>();
  private int namespace;
  private HostNetwork network = HostNetwork.UNKNOWN;
  private long nowNanos;

  /** Null while nothing is recorded, which is all that recordings cost then. */
  private Recorder recorder;

  /** Whether a recording wants the packet that is being counted. */
  private boolean recording;

  public PacketPipeline(TrafficMeter meter, Consumer<Miss> misses, DaemonCounters counters) {
    shared = counters;
    this.counters = new CounterBatch(counters);
    decoder = new FrameDecoder(this.counters);
    this.meter = meter;
    this.misses = misses;
  }

  public void use(int namespace, HostNetwork network) {
    networks.put(namespace, network);
    turnTo(this.namespace);
  }

  void forget(int namespace) {
    networks.remove(namespace);
    turnTo(this.namespace);
  }

  /**
   * Shows each packet from now on to recordings.
   *
   * @param recorder null for none
   */
  void record(Recorder recorder) {
    this.recorder = recorder;
    parked().tell(recorder == null ? null : recorder::settled);
  }

  /** See {@link io.github.pidflow.recording.InterfaceNames}. */
  String interfaceName(int namespace, int interfaceIndex) {
    HostNetwork there = networks.getOrDefault(namespace, HostNetwork.UNKNOWN);
    return there.interfaces().stream()
        .filter(each -> each.index() == interfaceIndex)
        .map(NetworkInterface::name)
        .findFirst()
        .orElse("interface " + interfaceIndex);
  }

  /** Packets come in runs of one namespace, so its network is looked up once a run. */
  private void turnTo(int namespace) {
    this.namespace = namespace;
    network = networks.getOrDefault(namespace, HostNetwork.UNKNOWN);
  }

  public void use(SocketTable table) {
    owners.use(table);
  }

  /** Sets the time of what comes next: once a batch, not once a packet. */
  void now(long nanos) {
    nowNanos = nanos;
  }

  @Override
  public void onFrame(Frame frame) {
    DecodeResult result = decoder.decode(frame, segment);
    if (result == DecodeResult.NOT_IP) {
      if (recorder != null) {
        recorder.notIp(frame, segment);
      }
      return;
    }
    if (segment.namespace() != namespace) {
      turnTo(segment.namespace());
    }
    if (recorder == null) {
      count(result);
      return;
    }
    boolean again = isSeenAgain(segment);
    recording = !again && recorder.begin(frame, segment);
    boolean duplicate = count(result) == Locality.DUPLICATE;
    if (recording && !duplicate) {
      if (network.isLoopback(segment.interfaceIndex()) && result == DecodeResult.DECODED) {
        lookAtSender();
      }
      recorder.end();
    }
    recording = false;
  }

  /** Whether the loopback device will show it once more, as received. */
  private boolean isSeenAgain(Segment segment) {
    return segment.packetType() == PacketType.OUTGOING
        && network.isLoopback(segment.interfaceIndex());
  }

  /** Tells the recorder who sent what the loopback device shows as received. */
  private void lookAtSender() {
    if (!segment.portsKnown()) {
      return;
    }
    segment.direction(Direction.TX);
    ProcessInfo sender = parked().isOpening(segment) ? null : owners.find(segment);
    if (sender != null) {
      recorder.attributed(Direction.TX, sender);
    } else if (parked().isWaiting(segment)) {
      recorder.waits(Direction.TX);
    }
    segment.direction(Direction.RX);
  }

  private Locality count(DecodeResult result) {
    if (result == DecodeResult.MALFORMED) {
      boolean sent = segment.packetType() == PacketType.OUTGOING;
      segment.direction(sent ? Direction.TX : Direction.RX);
      unattributed(UnattributedReason.MALFORMED);
      return sent ? Locality.SENT : Locality.RECEIVED;
    }
    Locality locality = network.locate(segment);
    switch (locality) {
      case SENT, RECEIVED -> count();
      case BOTH -> {
        segment.direction(Direction.TX);
        count();
        segment.direction(Direction.RX);
        count();
      }
      case FORWARDED -> meter.forwarded(segment);
      case DUPLICATE -> {
        counters.add(DaemonCounter.DUPLICATE_PACKETS, segment.weight());
        counters.add(DaemonCounter.DUPLICATE_BYTES, segment.countedBytes());
      }
    }
    return locality;
  }

  private void count() {
    if (!segment.portsKnown()) {
      unattributed(
          segment.orphanFragment()
              ? UnattributedReason.ORPHAN_FRAGMENT
              : UnattributedReason.MALFORMED);
      return;
    }
    ProcessInfo process = owners.remembered(segment);
    // While a SYN waits for its owner, so does what follows it: it is not the last owner's.
    if (process == null && !parked().isOpening(segment)) {
      process = owners.find(segment);
    }
    if (process != null) {
      attributed(process);
    } else if (mayHaveSocket(segment)) {
      park();
    } else {
      unattributed(UnattributedReason.KERNEL_PROTOCOL);
    }
  }

  /** Not so: the kernel's errors, and its answers to the echoes of others. */
  private static boolean mayHaveSocket(Segment segment) {
    boolean icmp = segment.protocol() == Protocol.ICMP || segment.protocol() == Protocol.ICMPV6;
    return !icmp || segment.localPort() != 0;
  }

  /** Whether the kernel speaks it by itself, though a raw socket may speak it too. */
  private static boolean isKernels(Segment segment) {
    return segment.protocol() == Protocol.IGMP || segment.protocol() == Protocol.PIM;
  }

  private void park() {
    counters.increment(DaemonCounter.MISSES);
    switch (meter.park(segment, nowNanos)) {
      case NEW -> {
        waits();
        misses.accept(new Miss(SocketKey.of(segment), segment.interfaceIndex()));
      }
      case KNOWN -> waits();
      case FULL -> {
        counters.increment(DaemonCounter.PARKED_OVERFLOWS);
        settleAtOnce();
      }
    }
  }

  private void settleAtOnce() {
    SocketOwner owner = lastWord(segment, segment.direction() == Direction.TX);
    if (owner.process() != null) {
      attributed(owner.process());
    } else if (owner.reason() == UnattributedReason.TUNNEL) {
      unattributed(UnattributedReason.TUNNEL);
    } else {
      unattributed(UnattributedReason.PARKED_OVERFLOW);
    }
  }

  private void attributed(ProcessInfo process) {
    meter.attributed(segment, process, nowNanos);
    if (recording) {
      recorder.attributed(segment.direction(), process);
    }
  }

  private void unattributed(UnattributedReason reason) {
    meter.unattributed(segment, reason);
    if (recording) {
      recorder.unattributed(segment.direction(), reason);
    }
  }

  private void waits() {
    if (recording) {
      recorder.waits(segment.direction());
    }
  }

  /** See {@link LastWord}. */
  private SocketOwner lastWord(Segment flow, boolean begunHere) {
    SocketOwner owner = owners.table().giveUp(flow);
    if (owner.process() != null || owner.reason() == UnattributedReason.AMBIGUOUS) {
      return owner;
    }
    boolean kernelSocket = owner.reason() == UnattributedReason.NO_PROCESS;
    HostNetwork there = networks.getOrDefault(flow.namespace(), HostNetwork.UNKNOWN);
    if (there.isTunnel(flow, kernelSocket)) {
      return SocketOwner.none(UnattributedReason.TUNNEL);
    }
    if (isKernels(flow)) {
      return SocketOwner.none(UnattributedReason.KERNEL_PROTOCOL);
    }
    SocketOwner sender = owners.table().packetSender();
    boolean sendable = begunHere && !kernelSocket && flow.namespace() == Namespace.OWN;
    return sendable && sender != null ? sender : owner;
  }

  /** Shows other threads what this batch of packets counted. */
  void endBatch() {
    counters.publish();
  }

  /** Credits parked flows whose owner is known now. */
  void settle() {
    parked().settle(owners.table(), this::lastWord, meter, misses, shared, nowNanos);
  }

  /** Gives up on all parked flows: no owner will become known any more. */
  public void settleFinally() {
    parked().settleFinally(this::lastWord, meter, nowNanos);
  }

  private ParkedFlows parked() {
    return meter.parked();
  }
}
