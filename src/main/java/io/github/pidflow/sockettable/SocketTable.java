package io.github.pidflow.sockettable;

import io.github.pidflow.flow.FiveTupleIndex;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketMatch;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.processes.ServiceManagers;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The owners of sockets at one time. Immutable. A packet's lookup takes no lock and allocates
 * nothing.
 *
 * <p>A TCP segment belongs to the connection with its five-tuple. An unknown connection is a miss
 * even if its listener is known, because another process may accept it. A datagram belongs to the
 * socket connected to its five-tuple, or else to the one bound to its local address and port, or
 * else to the one bound to the port of the wildcard address, as in the kernel's own lookup. A
 * socket that is bound to an interface gets only what comes in or goes out there. An ICMP echo
 * without an owner belongs to a raw socket.
 *
 * <p>If NAT changes the addresses of a segment, the five-tuple of its socket is looked up instead
 * of its own, see {@link TranslatedFlows}.
 *
 * <p>The table has three layers, see {@link SocketLayers}. A smaller layer takes precedence over a
 * larger one.
 */
public final class SocketTable {
  /** A table without sockets. */
  public static final SocketTable EMPTY =
      new SocketTable(Layer.EMPTY, Layer.EMPTY, Layer.EMPTY, List.of());

  /** In order of precedence. */
  private final Layer[] layers;

  /** Whether any socket is bound to an interface; if not, no lookup asks for it. */
  private final boolean hasDevices;

  private final boolean hasGroupAnswers;
  private final List<ProcessInfo> processes;
  private final ScanTimes scans;
  private final ListedPorts listed;
  private final Senders senders;
  private final long holdersAsOfNanos;
  private final Translations translations;

  /** A table of open sockets, for example those given with a capture file. */
  public static SocketTable of(Map<SocketKey, ProcessInfo> sockets) {
    return of(sockets, Map.of(), Map.of());
  }

  /** A table of open sockets in all three layers. */
  public static SocketTable of(
      Map<SocketKey, ProcessInfo> scanned,
      Map<SocketKey, ProcessInfo> added,
      Map<SocketKey, ProcessInfo> fresh) {
    List<ProcessInfo> processes =
        Stream.of(scanned, added, fresh)
            .flatMap(each -> each.values().stream())
            .distinct()
            .toList();
    return new SocketTable(
            openLayer(scanned, SocketOwner.EVER),
            openLayer(added, SocketOwner.OPEN),
            openLayer(fresh, SocketOwner.OPEN),
            processes)
        .withScans(ScanTimes.ALWAYS, ListedPorts.UNREPORTED);
  }

  /** Scanned sockets are confirmed by the time of the scan, others by their own time. */
  private static Layer openLayer(Map<SocketKey, ProcessInfo> sockets, long confirmedAtNanos) {
    return Layer.of(
        sockets,
        process -> OwnerHistory.of(SocketOwner.of(process, false).confirmed(confirmedAtNanos)),
        each -> false);
  }

  SocketTable(Layer scanned, Layer added, Layer fresh, List<ProcessInfo> processes) {
    this(
        new Layer[] {fresh, added, scanned},
        processes,
        ScanTimes.NONE,
        ListedPorts.UNREPORTED,
        Senders.NONE,
        SocketOwner.OPEN,
        Translations.NONE);
  }

  private SocketTable(
      Layer[] layers,
      List<ProcessInfo> processes,
      ScanTimes scans,
      ListedPorts listed,
      Senders senders,
      long holdersAsOfNanos,
      Translations translations) {
    this.layers = layers;
    hasDevices = Stream.of(layers).anyMatch(layer -> layer.hasDevices);
    hasGroupAnswers = Stream.of(layers).anyMatch(layer -> layer.hasGroupAnswers);
    this.processes = processes;
    this.scans = scans;
    this.listed = listed;
    this.senders = senders;
    this.holdersAsOfNanos = holdersAsOfNanos;
    this.translations = translations;
  }

  /**
   * The same table with the times of the scans that confirm its open sockets, and up to when the
   * sockets of each port are known.
   */
  SocketTable withScans(ScanTimes times, ListedPorts ports) {
    return new SocketTable(
        layers, processes, times, ports, senders, holdersAsOfNanos, translations);
  }

  /** The same table with other {@link #senders}. */
  public SocketTable withSenders(Senders latest) {
    return new SocketTable(
        layers, processes, scans, listed, latest, holdersAsOfNanos, translations);
  }

  /** The same table with the time at which every process's file descriptors were last read. */
  public SocketTable withHoldersAsOf(long epochNanos) {
    return new SocketTable(layers, processes, scans, listed, senders, epochNanos, translations);
  }

  /** The same table with the flows that NAT changes. */
  public SocketTable withTranslations(Translations latest) {
    return new SocketTable(layers, processes, scans, listed, senders, holdersAsOfNanos, latest);
  }

  /** Whether NAT gives a segment another five-tuple than its socket has. */
  public boolean isTranslated(Segment segment) {
    return translations.contains(segment);
  }

  /** Whether it is the result of a scan, so that a socket it lacks is a new one. */
  public boolean isScanned() {
    return scans.startNanos() != SocketOwner.EVER;
  }

  /** Who sent packets without a socket of their five-tuple. */
  public Senders senders() {
    return senders;
  }

  /** Living processes that own a socket, or did: the same list object while nothing changes. */
  public List<ProcessInfo> processes() {
    return processes;
  }

  /** The process that owns a segment, null if it is unknown. */
  public ProcessInfo find(Segment segment) {
    SocketOwner owner = owner(segment);
    return owner == null ? null : owner.process();
  }

  /** The owner of a segment, null if it is unknown. */
  public SocketOwner owner(Segment segment) {
    SocketOwner owner = find(segment, SocketMatch.EXACT);
    if (segment.protocol() == Protocol.TCP || (owner != null && !isGroupAnswer(segment))) {
      return owner;
    }
    if (!listed.isCurrent(translations.ofSocket(segment), segment.timestampNanos())) {
      return null;
    }
    if (owner != null) {
      return owner;
    }
    // An echo does not fall back to a raw socket yet: the socket of its id may still be found.
    return isEcho(segment) ? boundToPort(segment) : bound(segment);
  }

  /**
   * When a socket was last bound or connected on the port of a segment: until then an answer to
   * another segment of its flow holds.
   */
  public long changedNanos(Segment segment) {
    return listed.changedNanos(translations.ofSocket(segment));
  }

  /** Whether the owner of a flow is one of several sockets with one key, chosen by the kernel. */
  private boolean isGroupAnswer(Segment segment) {
    if (!hasGroupAnswers) {
      return false;
    }
    Segment own = translations.ofSocket(segment);
    for (Layer layer : layers) {
      if (layer.isGroupAnswer(own, 0)
          || (hasDevices && layer.isGroupAnswer(own, own.interfaceIndex()))) {
        return true;
      }
    }
    return false;
  }

  /**
   * The owner of a segment by a socket that names its local address, null if there is none: a
   * socket on the port of any address says nothing about an address that is not this host's.
   */
  public SocketOwner ownerByAddress(Segment segment) {
    SocketOwner owner = find(segment, SocketMatch.EXACT);
    return owner != null ? owner : find(segment, SocketMatch.BOUND);
  }

  /**
   * The final owner of a segment that was parked for as long as possible. A connection without a
   * known owner belongs to the process that holds its listener, if only one does: any holder of a
   * listener may accept.
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
    if (tcp && bound.process() != null && ServiceManagers.isSystemd(bound.process())) {
      return SocketOwner.none(UnattributedReason.NO_PROCESS); // It listens for the services.
    }
    // Other holders are excluded only up to the time when all file descriptors were read.
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
    OwnerHistory owners = owners(segment, match, 0);
    if (hasDevices && segment.flowInterface() != 0) {
      OwnerHistory bound = owners(segment, match, segment.interfaceIndex());
      owners = bound != null ? bound : owners;
    }
    return owners == null ? null : owners.senderOf(segment);
  }

  /** Whether a socket is known at the local end of a segment, whatever its remote end. */
  public boolean hasUnconnected(Segment segment) {
    return bound(segment) != null;
  }

  private SocketOwner bound(Segment segment) {
    boolean icmp = isIcmp(segment);
    if (icmp && segment.localPort() == 0) {
      // The kernel answers it, though every raw socket receives a copy.
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

  /** SCTP and DCCP have ports, but a process may implement them over a raw socket. */
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

  /** Of sockets that match equally well, one that is bound to the segment's interface is first. */
  private SocketOwner find(Segment segment, SocketMatch match) {
    SocketOwner owner = null;
    if (hasDevices && segment.flowInterface() != 0) {
      owner = find(segment, match, segment.interfaceIndex());
      if (owner == null && segment.vrfIndex() != 0) {
        owner = find(segment, match, segment.vrfIndex());
      }
    }
    return owner != null ? owner : find(segment, match, 0);
  }

  private SocketOwner find(Segment segment, SocketMatch match, int device) {
    OwnerHistory owners = owners(segment, match, device);
    return owners == null ? null : owners.of(segment, scans);
  }

  private OwnerHistory owners(Segment segment, SocketMatch match, int device) {
    Segment own = translations.ofSocket(segment);
    for (Layer layer : layers) {
      OwnerHistory owners = layer.find(own, match, device);
      if (owners != null) {
        return owners;
      }
    }
    return null;
  }

  /** Owners by five-tuple. */
  static final class Layer {
    static final Layer EMPTY =
        of(Map.<SocketKey, OwnerHistory>of(), Function.identity(), each -> false);

    private final FiveTupleIndex index;
    private final OwnerHistory[] owners;
    private final boolean[] groupAnswers;
    private final boolean hasGroupAnswers;
    private final boolean hasDevices;

    private Layer(
        FiveTupleIndex index, OwnerHistory[] owners, boolean[] groupAnswers, boolean hasDevices) {
      this.index = index;
      this.owners = owners;
      this.groupAnswers = groupAnswers;
      this.hasDevices = hasDevices;
      boolean any = false;
      for (boolean each : groupAnswers) {
        any |= each;
      }
      hasGroupAnswers = any;
    }

    /** A layer of all sockets of a map. */
    static <T> Layer of(
        Map<SocketKey, T> sockets, Function<T, OwnerHistory> ownersOf, Predicate<T> isGroupAnswer) {
      FiveTupleIndex index = new FiveTupleIndex(sockets.size());
      OwnerHistory[] owners = new OwnerHistory[sockets.size()];
      boolean[] groupAnswers = new boolean[sockets.size()];
      sockets.forEach(
          (key, known) -> {
            int id = index.add(key);
            owners[id] = ownersOf.apply(known);
            groupAnswers[id] = isGroupAnswer.test(known);
          });
      boolean hasDevices = sockets.keySet().stream().anyMatch(key -> key.device() != 0);
      return new Layer(index, owners, groupAnswers, hasDevices);
    }

    private OwnerHistory find(Segment segment, SocketMatch match, int device) {
      int id = id(segment, match, device);
      return id == FiveTupleIndex.NONE ? null : owners[id];
    }

    private int id(Segment segment, SocketMatch match, int device) {
      return owners.length == 0 ? FiveTupleIndex.NONE : index.find(segment, match, device);
    }

    private boolean isGroupAnswer(Segment segment, int device) {
      int id = id(segment, SocketMatch.EXACT, device);
      return id != FiveTupleIndex.NONE && groupAnswers[id];
    }
  }
}
