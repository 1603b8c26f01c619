package io.github.pidflow.sockettable;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.sockettable.SocketScan.Start;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

/**
 * Up to when every UDP socket of a port is known. A socket that is not connected to the remote end
 * of a packet owns the packet only if no other socket is, and one may have been opened since the
 * sockets were last listed. {@link io.github.pidflow.bpf.PortChanges} tells whether that happened.
 * Immutable but for those reports, and read by the metering thread for every datagram of an
 * unconnected socket.
 *
 * <p>Where the kernel does not report changes, nothing is taken to have changed between scans.
 */
final class ListedPorts {
  static final ListedPorts UNREPORTED =
      new ListedPorts(null, ScanTimes.NONE, ScanTimes.NONE, new TreeMap<>());

  /** How long after its report a connect may take effect, on a busy machine. */
  static final long SETTLE_NANOS = 20_000_000;

  /** When a socket was last bound or connected on a port, in nanoseconds since boot; or 0. */
  private final IntToLongFunction changes;

  /** The scans, on the clock of changes and on that of packets. */
  private final ScanTimes bootScans;

  private final ScanTimes scans;

  /** Ports that were listed by themselves since their namespace was scanned. */
  private final SortedMap<Long, Start> listings;

  /** The same, sorted by port. */
  private final long[] ports;

  private final Start[] times;

  private ListedPorts(
      IntToLongFunction changes,
      ScanTimes bootScans,
      ScanTimes scans,
      SortedMap<Long, Start> listings) {
    this.changes = changes;
    this.bootScans = bootScans;
    this.scans = scans;
    this.listings = listings;
    ports = listings.keySet().stream().mapToLong(Long::longValue).toArray();
    times = listings.values().toArray(Start[]::new);
  }

  /**
   * Nothing is listed yet.
   *
   * @param changes null if the kernel does not report them
   */
  static ListedPorts of(IntToLongFunction changes) {
    return new ListedPorts(changes, ScanTimes.NONE, ScanTimes.NONE, new TreeMap<>());
  }

  /** The same ports after a scan, which takes the place of all listings before it. */
  ListedPorts scanned(ScanTimes boot, ScanTimes epoch) {
    SortedMap<Long, Start> later = new TreeMap<>(listings);
    later
        .entrySet()
        .removeIf(each -> each.getValue().bootNanos() <= boot.latest(namespace(each.getKey())));
    return new ListedPorts(changes, boot, epoch, later);
  }

  /** The same ports after the sockets of one were listed. */
  ListedPorts listed(SocketKey key, Start listing) {
    SortedMap<Long, Start> more = new TreeMap<>(listings);
    more.put(port(key.namespace(), key.protocol(), key.localPort()), listing);
    return new ListedPorts(changes, bootScans, scans, more);
  }

  /** The clocks of the scans so far, for the next. */
  ScanTimes bootScans() {
    return bootScans;
  }

  /** When a socket was last bound or connected on the port of a segment; 0 if none was. */
  long changedNanos(Segment segment) {
    return changes == null || !hasChanges(segment.protocol())
        ? 0
        : changes.applyAsLong(segment.localPort());
  }

  /** The same on the clock of packets, for a key; a time if none was. */
  long changedSteadyNanos(SocketKey port, long ifNoneNanos) {
    long changed = changes == null ? 0 : changes.applyAsLong(port.localPort());
    return changed == 0 ? ifNoneNanos : BootClock.steadyNanos(changed);
  }

  /**
   * Whether all sockets are known that may own a packet.
   *
   * @param flow the five-tuple of the packet's socket
   */
  boolean isCurrent(Segment flow, long packetNanos) {
    long changed = changedNanos(flow);
    return changed == 0
        || isCurrent(
            flow.namespace(),
            port(flow.namespace(), flow.protocol(), flow.localPort()),
            changed,
            packetNanos);
  }

  /** Whether all sockets of the port are known by now. */
  boolean isCurrent(SocketKey key) {
    long changed =
        changes == null || !hasChanges(key.protocol()) ? 0 : changes.applyAsLong(key.localPort());
    return changed == 0
        || isCurrent(
            key.namespace(),
            port(key.namespace(), key.protocol(), key.localPort()),
            changed,
            SocketOwner.OPEN);
  }

  private boolean isCurrent(int namespace, long port, long changedNanos, long packetNanos) {
    if (isSettled(changedNanos, bootScans.latest(namespace))
        || isSettled(packetNanos, scans.latest(namespace))) {
      return true;
    }
    int at = Arrays.binarySearch(ports, port);
    return at >= 0
        && (isSettled(changedNanos, times[at].bootNanos())
            || isSettled(packetNanos, times[at].steadyNanos()));
  }

  private static boolean isSettled(long nanos, long listedAtNanos) {
    return listedAtNanos != SocketOwner.EVER && nanos <= listedAtNanos - SETTLE_NANOS;
  }

  private static boolean hasChanges(int protocol) {
    return protocol == Protocol.UDP || protocol == Protocol.UDPLITE;
  }

  private static long port(int namespace, int protocol, int port) {
    return (long) namespace << 40 | (long) protocol << 32 | port;
  }

  private static int namespace(long port) {
    return (int) (port >>> 40);
  }
}
