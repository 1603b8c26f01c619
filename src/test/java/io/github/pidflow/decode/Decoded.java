package io.github.pidflow.decode;

import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;

/** All a decoder says of one frame, as a value that can be compared and printed. */
record Decoded(
    DecodeResult result,
    int interfaceIndex,
    PacketType packetType,
    int vlanId,
    long timestampNanos,
    int protocol,
    long sourceHigh,
    long sourceLow,
    long destinationHigh,
    long destinationLow,
    int sourcePort,
    int destinationPort,
    boolean portsKnown,
    boolean opensConnection,
    boolean resetsConnection,
    int bytes) {

  static Decoded of(DecodeResult result, Segment segment) {
    return new Decoded(
        result,
        segment.interfaceIndex(),
        segment.packetType(),
        segment.vlanId(),
        segment.timestampNanos(),
        segment.protocol(),
        segment.sourceHigh(),
        segment.sourceLow(),
        segment.destinationHigh(),
        segment.destinationLow(),
        segment.sourcePort(),
        segment.destinationPort(),
        segment.portsKnown(),
        segment.opensConnection(),
        segment.resetsConnection(),
        segment.bytes());
  }
}
