package io.github.pidflow.decode;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import java.nio.ByteBuffer;

/** Decodes the transport header, which is the same for both IP versions: ports or echo id. */
final class TransportDecoder {
  private final CounterBatch counters;

  TransportDecoder(CounterBatch counters) {
    this.counters = counters;
  }

  /**
   * Reads the transport header between {@code offset} and {@code end}. The end lies before the
   * offset if a preceding header claims to be longer than the packet.
   */
  void decode(ByteBuffer buffer, int offset, int end, int protocol, Segment segment) {
    segment.protocol(protocol);
    int length = end - offset;
    if (PortsHeader.isOf(protocol)) {
      decodePorts(buffer, offset, length, protocol, segment);
    } else if (protocol == Protocol.ICMP) {
      decodeEcho(buffer, offset, length, IcmpHeader.ECHO_REQUEST, IcmpHeader.ECHO_REPLY, segment);
    } else if (protocol == Protocol.ICMPV6) {
      decodeEcho(
          buffer, offset, length, IcmpHeader.V6_ECHO_REQUEST, IcmpHeader.V6_ECHO_REPLY, segment);
    } else {
      segment.ports(0, 0);
    }
  }

  /** Whether packets of this protocol have ports, or echo ids, in their transport header. */
  static boolean hasPorts(int protocol) {
    return PortsHeader.isOf(protocol) || protocol == Protocol.ICMP || protocol == Protocol.ICMPV6;
  }

  private void decodePorts(
      ByteBuffer buffer, int offset, int length, int protocol, Segment segment) {
    if (length < PortsHeader.LENGTH) {
      counters.increment(DaemonCounter.TRUNCATED_TRANSPORT);
      return;
    }
    int ports = PortsHeader.ports(buffer, offset);
    segment.ports(ports >>> 16, ports & 0xffff);
    if (protocol == Protocol.TCP && length >= PortsHeader.TCP_FLAGS_LENGTH) {
      segment.opensConnection(PortsHeader.opensConnection(buffer, offset));
      segment.resetsConnection(PortsHeader.resetsConnection(buffer, offset));
    }
  }

  private void decodeEcho(
      ByteBuffer buffer, int offset, int length, int request, int reply, Segment segment) {
    if (length < IcmpHeader.TYPE_LENGTH) {
      counters.increment(DaemonCounter.TRUNCATED_TRANSPORT);
      return;
    }
    int type = IcmpHeader.type(buffer, offset);
    if (type != request && type != reply) {
      segment.ports(0, 0);
    } else if (length < IcmpHeader.ID_LENGTH) {
      counters.increment(DaemonCounter.TRUNCATED_TRANSPORT);
    } else if (type == request) {
      segment.ports(IcmpHeader.id(buffer, offset), 0);
    } else {
      segment.ports(0, IcmpHeader.id(buffer, offset));
    }
  }
}
