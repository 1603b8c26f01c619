package io.github.pidflow.metering;

import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.attribution.AttributionSink;
import io.github.pidflow.capture.FrameHandler;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.decode.DecodeResult;
import io.github.pidflow.decode.FrameDecoder;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.Locality;
import io.github.pidflow.host.Networks;
import io.github.pidflow.host.Sightings;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.recording.Recorder;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.PacketClock;
import java.util.function.Consumer;

/**
 * The way of one packet: decode the frame, locate its ends, attribute it. No lock, and no
 * allocation for a packet whose owner is known.
 */
public final class PacketPipeline implements FrameHandler {
  private final Networks networks = new Networks();
  private final AttributionSink meter;
  private final Attribution attribution;
  private final CounterBatch counters;
  private final PacketClock clock = new PacketClock();
  private final FrameDecoder decoder;
  private final Sightings sightings = new Sightings();
  private final Segment segment = new Segment();
  private int namespace;
  private HostNetwork network = HostNetwork.UNKNOWN;

  /** Null while nothing is recorded, so that recordings cost nothing then. */
  private Recorder recorder;

  /**
   * @param lookups takes flows whose owner is to be looked up
   */
  public PacketPipeline(
      AccountingSettings settings,
      AttributionSink meter,
      Consumer<Miss> lookups,
      DaemonCounters counters) {
    this.meter = meter;
    this.counters = new CounterBatch(counters);
    decoder = new FrameDecoder(this.counters, clock);
    attribution = new Attribution(settings, networks, meter, lookups, this.counters);
  }

  public Attribution attribution() {
    return attribution;
  }

  /** Follows the wall clock, from which packets have their time stamps. */
  void advanceClock() {
    clock.advance(BootClock.stepNanos(), BootClock.steadyNanos());
  }

  /** Sets the network that addresses of a namespace are located by. */
  public void putNetwork(int namespace, HostNetwork network) {
    networks.put(namespace, network);
    enter(this.namespace);
  }

  void removeNetwork(int namespace) {
    networks.remove(namespace);
    enter(this.namespace);
  }

  String interfaceName(int namespace, int interfaceIndex) {
    return networks.interfaceName(namespace, interfaceIndex);
  }

  /** Packets come in runs of one namespace, so its network is looked up once a run. */
  private void enter(int namespace) {
    this.namespace = namespace;
    network = networks.of(namespace);
  }

  /**
   * Shows each packet from now on to recordings, and each verdict.
   *
   * @param recorder null for none
   */
  void record(Recorder recorder) {
    this.recorder = recorder;
    attribution.sendTo(recorder == null ? meter : AttributionSink.both(meter, recorder));
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
      enter(segment.namespace());
    }
    if (recorder == null) {
      attribute(result);
    } else {
      attributeAndRecord(frame, result);
    }
  }

  private void attributeAndRecord(Frame frame, DecodeResult result) {
    boolean loopback = network.isLoopback(segment.interfaceIndex());
    if (loopback && segment.packetType() == PacketType.OUTGOING) {
      // The device shows it once more, as received.
      recorder.skip();
    } else {
      recorder.begin(frame, segment);
    }
    Locality locality = attribute(result);
    if (locality == Locality.DUPLICATE) {
      recorder.skip();
    }
    if (loopback && result == DecodeResult.DECODED && recorder.isInPacket()) {
      segment.direction(Direction.TX);
      attribution.identify(segment, recorder);
      segment.direction(Direction.RX);
    }
    recorder.end();
  }

  private Locality attribute(DecodeResult result) {
    if (result == DecodeResult.MALFORMED) {
      boolean sent = segment.packetType() == PacketType.OUTGOING;
      segment.direction(sent ? Direction.TX : Direction.RX);
      attribution.reject(segment, UnattributedReason.MALFORMED);
      return sent ? Locality.SENT : Locality.RECEIVED;
    }
    Locality locality = sightings.locate(network, segment);
    switch (locality) {
      case SENT, RECEIVED -> attribution.attribute(segment);
      case BOTH -> {
        segment.direction(Direction.TX);
        attribution.attribute(segment);
        segment.direction(Direction.RX);
        attribution.attribute(segment);
      }
      case FORWARDED -> {
        if (!attribution.pass(segment, network.isPort(segment.interfaceIndex()))) {
          countDuplicate();
          return Locality.DUPLICATE;
        }
      }
      case DUPLICATE -> countDuplicate();
    }
    return locality;
  }

  private void countDuplicate() {
    counters.add(DaemonCounter.DUPLICATE_PACKETS, segment.packets());
    counters.add(DaemonCounter.DUPLICATE_BYTES, segment.countedBytes());
  }

  /** Shows other threads what was counted since the last time. */
  public void publishCounters() {
    counters.publish();
  }
}
