package io.github.pidflow.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads what tcpdump wrote, with none of pidflow's own code, so that the two measures share no
 * mistake. Formats: pcap-savefile(5) of this host, and the link types tcpdump has for {@code -i
 * any} and for Ethernet.
 *
 * <pre>
 *   DLT_EN10MB       6 destination | 6 source | 2 EtherType
 *   DLT_LINUX_SLL    2 packet type | 2 ARPHRD | 2 length | 8 address | 2 EtherType
 *   DLT_LINUX_SLL2   2 EtherType | 2 zero | 4 interface | 2 ARPHRD | 1 packet type | ...  (20)
 * </pre>
 */
final class CaptureFile {
  private static final int FILE_HEADER_BYTES = 24;
  private static final int RECORD_HEADER_BYTES = 16;
  private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int IPV6_FRAGMENT = 44;

  private final Ledger ledger = new Ledger();
  private final Map<Fragmented, Ports> firstFragments = new HashMap<>();

  private record Fragmented(InetAddress source, InetAddress destination, int protocol, int id) {}

  private record Ports(int source, int destination) {}

  private CaptureFile() {}

  /** Sums up a file; an incomplete last packet is left for the next call. */
  static Ledger read(Path file) throws IOException {
    return new CaptureFile().read(ByteBuffer.wrap(Files.readAllBytes(file)));
  }

  private Ledger read(ByteBuffer file) throws IOException {
    if (file.remaining() < FILE_HEADER_BYTES) {
      return ledger;
    }
    file.order(ByteOrder.nativeOrder());
    if (file.getInt(0) != MAGIC_MICROSECONDS) {
      throw new IOException("not a capture file of this host: magic " + file.getInt(0));
    }
    int linkType = file.getInt(20);
    int at = FILE_HEADER_BYTES;
    while (at + RECORD_HEADER_BYTES <= file.limit()) {
      int captured = file.getInt(at + 8);
      at += RECORD_HEADER_BYTES;
      if (at + captured > file.limit()) {
        break;
      }
      frame(linkType, file.slice(at, captured).order(ByteOrder.BIG_ENDIAN));
      at += captured;
    }
    return ledger;
  }

  private void frame(int linkType, ByteBuffer frame) throws IOException {
    switch (linkType) {
      case 1 -> packet(frame.getShort(12), frame, 14);
      case 113 -> packet(frame.getShort(14), frame, 16);
      case 276 -> packet(frame.getShort(0), frame, 20);
      default -> throw new IOException("link type " + linkType + " is not one the lab reads");
    }
  }

  private void packet(short etherType, ByteBuffer frame, int at) throws IOException {
    ByteBuffer packet = frame.slice(at, frame.limit() - at);
    if (etherType == (short) 0x0800) {
      ipv4(packet);
    } else if (etherType == (short) 0x86dd) {
      ipv6(packet);
    }
  }

  private void ipv4(ByteBuffer packet) throws IOException {
    int headerBytes = (packet.get(0) & 0xf) * 4;
    int totalBytes = packet.getShort(2) & 0xffff;
    int fragment = packet.getShort(6) & 0x3fff;
    if (totalBytes < headerBytes) {
      throw new IOException("IPv4 total length " + totalBytes);
    }
    InetAddress source = address(packet, 12, 4);
    InetAddress destination = address(packet, 16, 4);
    int protocol = packet.get(9) & 0xff;
    var whole = new Fragmented(source, destination, protocol, packet.getShort(4));
    boolean first = (fragment & 0x1fff) == 0;
    count(whole, fragment != 0, first, packet, headerBytes, totalBytes);
  }

  private void ipv6(ByteBuffer packet) throws IOException {
    int totalBytes = 40 + (packet.getShort(4) & 0xffff);
    int next = packet.get(6) & 0xff;
    int at = 40;
    int id = 0;
    int fragment = 0;
    while (next == 0 || next == 43 || next == 60 || next == IPV6_FRAGMENT) {
      int length = 8;
      if (next == IPV6_FRAGMENT) {
        fragment = packet.getShort(at + 2) & 0xfff9;
        id = packet.getInt(at + 4);
      } else {
        length += (packet.get(at + 1) & 0xff) * 8;
      }
      next = packet.get(at) & 0xff;
      at += length;
      if ((fragment & 0xfff8) != 0) {
        break;
      }
    }
    var whole = new Fragmented(address(packet, 8, 16), address(packet, 24, 16), next, id);
    count(whole, fragment != 0, (fragment & 0xfff8) == 0, packet, at, totalBytes);
  }

  private void count(
      Fragmented whole,
      boolean fragmented,
      boolean first,
      ByteBuffer packet,
      int transport,
      int bytes)
      throws IOException {
    Ports ports = new Ports(0, 0);
    if (!first) {
      ports = firstFragments.get(whole);
      if (ports == null) {
        throw new IOException("a fragment before its first one: " + whole);
      }
    } else if (whole.protocol() == TCP || whole.protocol() == UDP) {
      ports =
          new Ports(packet.getShort(transport) & 0xffff, packet.getShort(transport + 2) & 0xffff);
    }
    if (fragmented && first) {
      firstFragments.put(whole, ports);
    }
    Flow flow =
        new Flow(
            whole.protocol(),
            whole.source(),
            ports.source(),
            whole.destination(),
            ports.destination());
    ledger.add(flow, bytes);
  }

  private static InetAddress address(ByteBuffer packet, int at, int length)
      throws UnknownHostException {
    byte[] address = new byte[length];
    packet.get(at, address);
    return InetAddress.getByAddress(address);
  }
}
