package io.github.pidflow.sockettable;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.sockets.KernelSocket;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Segments and scans for the tests of this room. */
public final class Sockets {
  private Sockets() {}

  /** A segment that arrives for a connected key. */
  public static Segment segment(SocketKey key, long timestampNanos) {
    Segment segment = new Segment();
    segment.reset(1, PacketType.HOST, 0, timestampNanos);
    segment.protocol(key.protocol());
    segment.addresses(key.remoteHigh(), key.remoteLow(), key.localHigh(), key.localLow());
    segment.ports(key.remotePort(), key.localPort());
    segment.direction(Direction.RX);
    return segment;
  }

  /** A scan whose dump has these sockets, each with its owner. */
  static void scan(
      KnownSockets known,
      List<KernelSocket> open,
      Set<Integer> skipped,
      Function<KernelSocket, SocketOwner> owners,
      long nowNanos) {
    SocketScan scan = known.beginScan(open, new SocketScan.Start(nowNanos, nowNanos));
    scan.updateOwned(socket -> Optional.of(owners.apply(socket)));
    known.endScan(scan, skipped, nowNanos);
  }
}
