package io.github.pidflow.ownership;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.sockets.OpenSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Socket keys and segments, written as addresses are. */
public final class Sockets {
  private Sockets() {}

  public static SocketKey bound(int protocol, String local, int localPort) {
    long[] address = address(local);
    return new SocketKey(protocol, address[0], address[1], localPort, 0, 0, 0);
  }

  public static SocketKey connected(
      int protocol, String local, int localPort, String remote, int remotePort) {
    long[] here = address(local);
    long[] there = address(remote);
    return new SocketKey(protocol, here[0], here[1], localPort, there[0], there[1], remotePort);
  }

  /** A segment that arrives for a connected key. */
  static Segment segment(SocketKey key, long timestampNanos) {
    Segment segment = new Segment();
    segment.reset(1, PacketType.HOST, 0, timestampNanos);
    segment.protocol(key.protocol());
    segment.addresses(key.remoteHigh(), key.remoteLow(), key.localHigh(), key.localLow());
    segment.ports(key.remotePort(), key.localPort());
    segment.direction(Direction.RX);
    return segment;
  }

  /** A scan that finds these and no others, each with its owner. */
  static void scan(
      KnownSockets known,
      List<OpenSocket> open,
      Set<Integer> passedBy,
      Function<OpenSocket, SocketOwner> owners,
      long nowNanos) {
    SocketScan scan = known.beginScan(open, nowNanos);
    scan.seeOwned(socket -> Optional.of(owners.apply(socket)));
    known.endScan(scan, passedBy, nowNanos);
  }

  /** High and low half; an IPv4 address in its mapped form, be it written so or not. */
  private static long[] address(String text) {
    try {
      byte[] bytes = InetAddress.getByName(text).getAddress();
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return bytes.length == 4
          ? new long[] {0, IpAddress.mapped(buffer.getInt())}
          : new long[] {buffer.getLong(), buffer.getLong()};
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
