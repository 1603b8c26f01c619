package io.github.pidflow.decode;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.DaemonCounter;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a frame decodes to, written for the reader and not for speed: it copies each layer's bytes
 * into an array of their own, and learns that a packet is cut from the exception of reading on.
 */
final class ReferenceDecoder {
  private static final Set<Integer> TAGS = Set.of(0x8100, 0x88a8, 0x9100);
  private static final Set<Integer> INET6_FAMILIES = Set.of(10, 24, 28, 30);
  private static final Set<Integer> EXTENSIONS = Set.of(0, 43, 44, 51, 60, 135, 139, 140);
  private static final Set<Integer> WITH_PORTS = Set.of(6, 17, 33, 132, 136);

  private record Ports(int protocol, int source, int destination) {}

  private record First(Ports ports, long timestampNanos) {}

  private final Map<DaemonCounter, Long> counts = new EnumMap<>(DaemonCounter.class);
  private final Map<List<Object>, First> fragments = new HashMap<>();

  private byte[] packet;
  private int type;
  private int wire;
  private Segment segment;

  Map<DaemonCounter, Long> counts() {
    return counts;
  }

  Decoded decode(Frame frame) {
    count(DaemonCounter.FRAMES);
    segment = new Segment();
    wire = Math.max(frame.capturedLength(), frame.wireLength());
    packet = new byte[frame.capturedLength()];
    frame.buffer().get(frame.offset(), packet);
    boolean known;
    try {
      known = link(frame);
    } catch (IndexOutOfBoundsException e) {
      count(DaemonCounter.TRUNCATED_LINK);
      return Decoded.of(DecodeResult.NOT_IP, segment);
    }
    if (!known) {
      count(DaemonCounter.FRAMES_NOT_IP);
      return Decoded.of(DecodeResult.NOT_IP, segment);
    }
    segment.bytes(wire);
    DaemonCounter flaw;
    try {
      flaw = type == 0x0800 ? ipv4() : ipv6();
    } catch (IndexOutOfBoundsException e) {
      flaw = DaemonCounter.TRUNCATED_IP;
    }
    if (flaw == null) {
      return Decoded.of(DecodeResult.DECODED, segment);
    }
    count(flaw);
    return Decoded.of(DecodeResult.MALFORMED, segment);
  }

  /** Cuts the packet down to its network layer; false if that is not IP. */
  private boolean link(Frame frame) {
    int vlan = frame.vlanTci() == Frame.NO_VLAN_TAG ? -1 : frame.vlanTci() % 4096;
    int index = frame.interfaceIndex();
    PacketType packetType = frame.packetType();
    segment.reset(index, packetType, Math.max(vlan, 0), frame.timestampNanos());
    type = frame.etherType();
    LinkType linkType = frame.linkType();
    if (linkType == LinkType.ETHERNET) {
      type = number(packet, 12, 2);
      strip(14);
    } else if (linkType == LinkType.LINUX_SLL) {
      type = number(packet, 14, 2);
      packetType = PacketType.of(number(packet, 0, 2));
      strip(16);
    } else if (linkType == LinkType.LINUX_SLL2) {
      byte[] header = packet;
      strip(20);
      type = number(header, 0, 2);
      index = number(header, 4, 4);
      packetType = PacketType.of(number(header, 10, 1));
    } else if (linkType == LinkType.RAW_IP) {
      type = packet.length > 0 && number(packet, 0, 1) / 16 == 6 ? 0x86dd : 0x0800;
    } else if (linkType == LinkType.NULL_LOOPBACK || linkType == LinkType.LOOP) {
      int family = number(packet, 0, 4);
      int swapped = Integer.reverseBytes(family);
      boolean swap = linkType == LinkType.NULL_LOOPBACK && swapped >= 0 && swapped < 256;
      int sure = swap ? swapped : family;
      type = sure == 2 ? 0x0800 : INET6_FAMILIES.contains(sure) ? 0x86dd : 0;
      strip(4);
    }
    segment.reset(index, packetType, Math.max(vlan, 0), frame.timestampNanos());
    while (TAGS.contains(type)) {
      byte[] tag = packet;
      strip(4);
      vlan = vlan < 0 ? number(tag, 0, 2) % 4096 : vlan;
      type = number(tag, 2, 2);
      segment.reset(index, packetType, vlan, frame.timestampNanos());
    }
    return type == 0x0800 || type == 0x86dd;
  }

  private void strip(int length) {
    packet = from(packet, length);
    wire -= length;
  }

  private DaemonCounter ipv4() {
    int first = number(packet, 0, 1);
    if (first / 16 != 4) {
      return DaemonCounter.BAD_IP_VERSION;
    }
    int source = number(packet, 12, 4);
    int destination = number(packet, 16, 4);
    int protocol = number(packet, 9, 1);
    segment.addresses(0, IpAddress.mapped(source), 0, IpAddress.mapped(destination));
    segment.protocol(protocol);
    int headerLength = first % 16 * 4;
    if (headerLength < 20) {
      return DaemonCounter.BAD_IP_HEADER_LENGTH;
    }
    byte[] payload = from(packet, headerLength);
    int total = number(packet, 2, 2);
    if (total > 0 && total < headerLength) {
      return DaemonCounter.BAD_IP_TOTAL_LENGTH;
    }
    setLength(total == 0 ? wire : total);
    payload = Arrays.copyOf(payload, Math.min(payload.length, segment.bytes() - headerLength));

    int flags = number(packet, 6, 2);
    List<Object> key = List.of(source, destination, protocol, number(packet, 4, 2));
    if (flags % 0x2000 != 0) {
      later(key, protocol, hasPorts(protocol) || protocol == 51);
    } else {
      Ports ports = ports(payload, protocol, Set.of(51), List.of(), 0);
      if (ports != null && (flags & 0x2000) != 0) {
        fragments.put(key, new First(ports, segment.timestampNanos()));
      }
    }
    return null;
  }

  private DaemonCounter ipv6() {
    if (number(packet, 0, 1) / 16 != 6) {
      return DaemonCounter.BAD_IP_VERSION;
    }
    byte[] payload = from(packet, 40);
    long sourceHigh = address(8);
    long sourceLow = address(16);
    long destinationHigh = address(24);
    long destinationLow = address(32);
    segment.addresses(sourceHigh, sourceLow, destinationHigh, destinationLow);
    int next = number(packet, 6, 1);
    int length = number(packet, 4, 2);
    boolean jumbo = length == 0 && (next == 0 || next == 6);
    setLength(jumbo ? wire : 40 + length);
    payload = Arrays.copyOf(payload, Math.min(payload.length, segment.bytes() - 40));
    ports(
        payload,
        next,
        EXTENSIONS,
        List.of(sourceHigh, sourceLow, destinationHigh, destinationLow),
        0);
    return null;
  }

  private void setLength(int claimed) {
    if (claimed > wire) {
      count(DaemonCounter.BAD_IP_TOTAL_LENGTH);
    }
    segment.bytes(Math.min(claimed, wire));
  }

  /** Goes on from header to header; null if the ports stay unknown. */
  private Ports ports(
      byte[] bytes, int number, Set<Integer> extensions, List<Object> addresses, int depth) {
    segment.protocol(number);
    try {
      if (!extensions.contains(number)) {
        Ports ports = transport(bytes, number);
        segment.ports(ports.source(), ports.destination());
        return ports;
      }
      if (depth == 16) {
        count(DaemonCounter.EXTENSION_HEADERS_TOO_MANY);
        return null;
      }
      from(bytes, 8);
      int next = number(bytes, 0, 1);
      int field = number(bytes, 1, 1);
      int length = number == 44 ? 8 : number == 51 ? field * 4 + 8 : field * 8 + 8;
      byte[] rest = length > bytes.length ? new byte[0] : from(bytes, length);
      if (number != 44) {
        return ports(rest, next, extensions, addresses, depth + 1);
      }
      List<Object> key = List.of(addresses, number(bytes, 4, 4));
      int offset = number(bytes, 2, 2);
      if (offset / 8 != 0) {
        later(key, next, hasPorts(next) || extensions.contains(next));
        return null;
      }
      Ports ports = ports(rest, next, extensions, addresses, depth + 1);
      if (ports != null && offset % 2 == 1) {
        fragments.put(key, new First(ports, segment.timestampNanos()));
      }
      // A fragment within a fragment is no one's first but the inner packet's.
      return null;
    } catch (IndexOutOfBoundsException e) {
      count(DaemonCounter.TRUNCATED_TRANSPORT);
      return null;
    }
  }

  private Ports transport(byte[] bytes, int protocol) {
    if (WITH_PORTS.contains(protocol)) {
      Ports ports = new Ports(protocol, number(bytes, 0, 2), number(bytes, 2, 2));
      int flags = protocol == 6 && bytes.length > 13 ? bytes[13] : 0;
      segment.opensConnection((flags & 0x12) == 2);
      segment.resetsConnection((flags & 4) != 0);
      return ports;
    }
    if (hasPorts(protocol)) {
      int type = number(bytes, 0, 1);
      if (type == (protocol == 1 ? 8 : 128)) {
        return new Ports(protocol, number(bytes, 4, 2), 0);
      }
      if (type == (protocol == 1 ? 0 : 129)) {
        return new Ports(protocol, 0, number(bytes, 4, 2));
      }
    }
    return new Ports(protocol, 0, 0);
  }

  private void later(List<Object> key, int protocol, boolean portsMatter) {
    segment.protocol(protocol);
    First first = fragments.get(key);
    if (!portsMatter) {
      segment.ports(0, 0);
    } else if (first == null
        || Math.abs(segment.timestampNanos() - first.timestampNanos()) > 30_000_000_000L) {
      count(DaemonCounter.ORPHAN_FRAGMENTS);
    } else {
      segment.protocol(first.ports().protocol());
      segment.ports(first.ports().source(), first.ports().destination());
    }
  }

  private static boolean hasPorts(int protocol) {
    return WITH_PORTS.contains(protocol) || protocol == 1 || protocol == 58;
  }

  private void count(DaemonCounter counter) {
    counts.merge(counter, 1L, Long::sum);
  }

  private long address(int offset) {
    return (long) number(packet, offset, 4) << 32 | (number(packet, offset + 4, 4) & 0xffff_ffffL);
  }

  private static int number(byte[] bytes, int offset, int length) {
    int number = 0;
    for (int i = 0; i < length; i++) {
      number = number << 8 | (bytes[offset + i] & 0xff);
    }
    return number;
  }

  private static byte[] from(byte[] bytes, int offset) {
    if (offset > bytes.length) {
      throw new IndexOutOfBoundsException(offset);
    }
    return Arrays.copyOfRange(bytes, offset, bytes.length);
  }
}
