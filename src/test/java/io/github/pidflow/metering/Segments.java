package io.github.pidflow.metering;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Segments for tests, built from textual addresses. */
public final class Segments {
  private Segments() {}

  /** A segment sent from a local to a remote end. */
  public static Segment sent(
      int protocol, String local, int localPort, String remote, int remotePort) {
    ByteBuffer here = address(local);
    ByteBuffer there = address(remote);
    Segment segment = new Segment();
    segment.reset(0, PacketType.OUTGOING, 0, 0);
    segment.protocol(protocol);
    segment.addresses(here.getLong(0), here.getLong(8), there.getLong(0), there.getLong(8));
    segment.ports(localPort, remotePort);
    segment.direction(Direction.TX);
    return segment;
  }

  /** 16 bytes; IPv4 in mapped form. */
  public static ByteBuffer address(String literal) {
    try {
      byte[] bytes = InetAddress.getByName(literal).getAddress();
      ByteBuffer address = ByteBuffer.allocate(16);
      if (bytes.length == 4) {
        address.putLong(8, IpAddress.mapped(ByteBuffer.wrap(bytes).getInt()));
      } else {
        address.put(0, bytes);
      }
      return address;
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }
}
