package io.github.pidflow.ownership;

import io.github.pidflow.flow.FiveTupleIndex;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketMatch;
import io.github.pidflow.flow.UnattributedReason;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Who owns which socket, at one moment. Immutable; asked once a packet, without a lock or an
 * allocation.
 *
 * <p>A TCP segment belongs to the connection with its five-tuple and to no other: a connection that
 * is not known yet is a miss even where its listener is known, because the process that accepts it
 * need not be the one that listens. A datagram belongs to the socket connected to its five-tuple,
 * or else to the one bound to its local address and port, or else to the one bound to the port on
 * any address. An echo nobody claims falls back to a raw socket.
 *
 * <p>The table has three layers, each smaller than the one below it, and what stands higher counts:
 * see {@link SocketLayers}.
 */
public final class SocketTable {
  /** Knows nothing. */
  public static final SocketTable EMPTY =
      new SocketTable(Layer.EMPTY, Layer.EMPTY, Layer.EMPTY, List.of());

  /** The one that counts first. */
  private final Layer[] layers;

  private final List<ProcessInfo> processes;
  private final ScanTimes scans;
  private final SocketOwner packetSender;
  private final long holdersAsOfNanos;

  /** A table of given sockets, all open, as for a capture file. */
  public static SocketTable of(Map<SocketKey, ProcessInfo> sockets) {
    return of(sockets, Map.of(), Map.of());
  }

  /** A table of given sockets, all open, which are known from a scan or since then. */
  public static SocketTable of(
      Map<SocketKey, ProcessInfo> scanned,
      Map<SocketKey, ProcessInfo> learnt,
      Map<SocketKey, ProcessInfo> fresh) {
    List<ProcessInfo> processes =
        Stream.of(scanned, learnt, fresh)
            .flatMap(each -> each.values().stream())
            .distinct()
            .toList();
    return new SocketTable(
            openLayer(scanned, SocketOwner.EVER),
            openLayer(learnt, SocketOwner.OPEN),
            openLayer(fresh, SocketOwner.OPEN),
            processes)
        .withScans(ScanTimes.ALWAYS);
  }

  /** What a scan found is confirmed by the scan's time, the rest by its own. */
  private static Layer openLayer(Map<SocketKey, ProcessInfo> sockets, long confirmedAtNanos) {
    return Layer.of(
        sockets,
        process -> Succession.of(SocketOwner.of(process, false).confirmed(confirmedAtNanos)));
  }

  SocketTable(Layer scanned, Layer learnt, Layer fresh, List<ProcessInfo> processes) {
    this(new Layer[] {fresh, learnt, scanned}, processes, ScanTimes.NONE, null, SocketOwner.OPEN);
  }

  private SocketTable(
      Layer[] layers,
      List<ProcessInfo> processes,
      ScanTimes scans,
      SocketOwner packetSender,
      long holdersAsOfNanos) {
    this.layers = layers;
    this.processes = processes;
    this.scans = scans;
    this.packetSender = packetSender;
    this.holdersAsOfNanos = holdersAsOfNanos;
  }

  /** The same sockets, with the times of the scans that found those that are open. */
  SocketTable withScans(ScanTimes times) {
    return new SocketTable(layers, processes, times, packetSender, holdersAsOfNanos);
  }

  /** The same sockets, and an owner, or null, for {@link #packetSender}. */
  SocketTable withPacketSender(SocketOwner owner) {
    return new SocketTable(layers, processes, scans, owner, holdersAsOfNanos);
  }

  /** The same, with the time at which everybody was last asked what sockets he holds. */
  SocketTable withHoldersAsOf(long epochNanos) {
    return new SocketTable(layers, processes, scans, packetSender, epochNanos);
  }

  /**
   * Whose a flow is that was begun here and that the kernel has no socket for, or why nobody's;
   * null if there is nothing to be said of it.
   */
  public SocketOwner packetSender() {
    return packetSender;
  }

  /** Live processes that own a socket, or did: the same list object while nothing changed. */
  public List<ProcessInfo> processes() {
    return processes;
  }

  /** The process a segment belongs to, or null if that is not known, or not known yet. */
  public ProcessInfo find(Segment segment) {
    SocketOwner owner = owner(segment);
    return owner == null ? null : owner.process();
  }

  /** What is known of a segment's owner, null if nothing is. */
  public SocketOwner owner(Segment segment) {
    SocketOwner owner = find(segment, SocketMatch.EXACT);
    if (owner != null || segment.protocol() == Protocol.TCP) {
      return owner;
    }
    // Not yet the raw socket of an echo: one after the other pings, each with an id of its own.
    return isEcho(segment) ? boundToPort(segment) : bound(segment);
  }

  /**
   * What to do with a segment whose owner could not be found for long enough: a connection nobody
   * was seen to accept goes to the one process that holds its listener. Whoever accepts from a
   * listener that several hold is not known by knowing one of them.
   */
  public SocketOwner giveUp(Segment segment) {
    SocketOwner exact = find(segment, SocketMatch.EXACT);
    boolean tcp = segment.protocol() == Protocol.TCP;
    if (exact != null && (exact.isKnown() || !tcp)) {
      return exact;
    }
    SocketOwner bound = bound(segment);
    if (bound == null && !tcp) {
      bound = lastSender(segment);
    }
    if (bound == null) {
      return exact != null ? exact : SocketOwner.none(UnattributedReason.NO_SOCKET);
    }
    // That nobody else holds a listener is known only for the time before everybody was asked.
    boolean guess = tcp && (bound.shared() || segment.timestampNanos() > holdersAsOfNanos);
    return guess ? SocketOwner.none(UnattributedReason.AMBIGUOUS) : bound;
  }

  /** The owner that closed the socket of a datagram before it was captured; null if unknown. */
  private SocketOwner lastSender(Segment segment) {
    SocketOwner owner = sender(segment, SocketMatch.EXACT);
    if (owner == null) {
      owner = sender(segment, SocketMatch.BOUND);
    }
    return owner != null ? owner : sender(segment, SocketMatch.WILDCARD);
  }

  private SocketOwner sender(Segment segment, SocketMatch match) {
    Succession owners = owners(segment, match);
    return owners == null ? null : owners.senderOf(segment);
  }

  private SocketOwner bound(Segment segment) {
    boolean icmp = isIcmp(segment);
    if (icmp && segment.localPort() == 0) {
      // Not the echo of a process here: the kernel's, though every raw socket gets a copy.
      return null;
    }
    SocketOwner owner = boundToPort(segment);
    return owner == null && (icmp || isRawSctp(segment)) ? raw(segment) : owner;
  }

  private static boolean isIcmp(Segment segment) {
    return segment.protocol() == Protocol.ICMP || segment.protocol() == Protocol.ICMPV6;
  }

  private static boolean isEcho(Segment segment) {
    return isIcmp(segment) && segment.localPort() != 0;
  }

  /** SCTP and DCCP have ports, but a process may speak them itself over a raw socket. */
  private static boolean isRawSctp(Segment segment) {
    return segment.protocol() == Protocol.SCTP || segment.protocol() == Protocol.DCCP;
  }

  private SocketOwner boundToPort(Segment segment) {
    SocketOwner owner = find(segment, SocketMatch.BOUND);
    return owner != null ? owner : find(segment, SocketMatch.WILDCARD);
  }

  private SocketOwner raw(Segment segment) {
    SocketOwner owner = find(segment, SocketMatch.RAW_BOUND);
    return owner != null ? owner : find(segment, SocketMatch.RAW_WILDCARD);
  }

  private SocketOwner find(Segment segment, SocketMatch match) {
    Succession owners = owners(segment, match);
    return owners == null ? null : owners.of(segment, scans);
  }

  private Succession owners(Segment segment, SocketMatch match) {
    for (Layer layer : layers) {
      Succession owners = layer.find(segment, match);
      if (owners != null) {
        return owners;
      }
    }
    return null;
  }

  /** Owners by five-tuple. */
  static final class Layer {
    static final Layer EMPTY = of(Map.<SocketKey, Succession>of(), Function.identity());

    private final FiveTupleIndex index;
    private final Succession[] owners;

    private Layer(FiveTupleIndex index, Succession[] owners) {
      this.index = index;
      this.owners = owners;
    }

    /** A layer of whatever tells the owners. */
    static <T> Layer of(Map<SocketKey, T> sockets, Function<T, Succession> ownersOf) {
      FiveTupleIndex index = new FiveTupleIndex(sockets.size());
      Succession[] owners = new Succession[sockets.size()];
      sockets.forEach((key, known) -> owners[index.add(key)] = ownersOf.apply(known));
      return new Layer(index, owners);
    }

    private Succession find(Segment segment, SocketMatch match) {
      if (owners.length == 0) {
        return null;
      }
      int id = index.find(segment, match);
      return id == FiveTupleIndex.NONE ? null : owners[id];
    }
  }
}
