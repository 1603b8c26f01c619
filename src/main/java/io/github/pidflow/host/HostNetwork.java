package io.github.pidflow.host;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The interfaces and addresses of one network namespace at one moment. Immutable. {@link #locate}
 * is called once per packet.
 *
 * <p>A host sees some of its packets more than once, because interfaces are stacked; see {@link
 * InterfaceStack}. Its own traffic is counted on the uppermost interface only, where the socket is
 * bound and the address lives; every other sighting is a {@link Locality#DUPLICATE}. Forwarded
 * traffic never reaches the upper interface and is counted wherever it is seen, as {@code
 * /proc/net/dev} does.
 */
public final class HostNetwork {
  /** No interfaces, no addresses: before the first read, and in a replay without a table. */
  public static final HostNetwork UNKNOWN = new HostNetwork(List.of(), List.of(), List.of());

  private static final long LOOPBACK_NET = 0x0000_ffff_7f00_0000L;
  private static final long LOOPBACK_MASK = 0xffff_ffff_ff00_0000L;
  private static final long LOOPBACK_IPV6 = 1;
  private static final long LIMITED_BROADCAST = IpAddress.mapped(0xffff_ffff);

  private final List<NetworkInterface> interfaces;
  private final List<InterfaceAddress> addressList;
  private final List<InterfaceAddress> broadcastList;
  private final AddressSet addresses;
  private final AddressSet broadcasts;
  private final TunnelPorts tunnels;
  private final Map<Integer, InterfaceStack> stacks = new HashMap<>();

  /** The same by interface index, for small ones, which nearly all are: saves a map lookup. */
  private final InterfaceStack[] stackByIndex;

  public HostNetwork(
      Collection<NetworkInterface> interfaces,
      Collection<InterfaceAddress> addresses,
      Collection<InterfaceAddress> broadcasts) {
    this.interfaces = List.copyOf(interfaces);
    addressList = List.copyOf(addresses);
    broadcastList = List.copyOf(broadcasts);
    this.addresses = new AddressSet(addresses);
    this.broadcasts = new AddressSet(broadcasts);
    tunnels = TunnelPorts.of(interfaces);
    for (NetworkInterface each : interfaces) {
      stacks.put(each.index(), new InterfaceStack(each, this.interfaces, addresses));
    }
    stackByIndex = new InterfaceStack[256];
    stacks.forEach(
        (index, stack) -> {
          if (index < stackByIndex.length) {
            stackByIndex[index] = stack;
          }
        });
  }

  public List<NetworkInterface> interfaces() {
    return interfaces;
  }

  List<InterfaceAddress> addresses() {
    return addressList;
  }

  /** A copy with more addresses. */
  HostNetwork with(Collection<InterfaceAddress> more) {
    List<InterfaceAddress> all = new ArrayList<>(addressList);
    all.addAll(more);
    return new HostNetwork(interfaces, all, broadcastList);
  }

  /**
   * Whether a segment that no process owns is the outer packet of a tunnel in the kernel.
   *
   * @param kernelSocket whether a socket exists for it that no process holds
   */
  public boolean isTunnel(Segment segment, boolean kernelSocket) {
    return tunnels.isTunnel(segment, kernelSocket);
  }

  /** Whether it is a loopback interface, which sees each packet twice: sent and received. */
  public boolean isLoopback(int interfaceIndex) {
    InterfaceStack stack = stack(interfaceIndex);
    return stack != null && stack.isLoopback();
  }

  public boolean isLocal(long high, long low) {
    return (high == 0 && (low == LOOPBACK_IPV6 || (low & LOOPBACK_MASK) == LOOPBACK_NET))
        || addresses.contains(high, low);
  }

  /**
   * Classifies a segment and sets its direction: as seen from the process for this host's traffic,
   * as seen from the interface for forwarded segments and duplicates.
   */
  public Locality locate(Segment segment) {
    InterfaceStack stack = stack(segment.interfaceIndex());
    boolean outgoing =
        switch (segment.packetType()) {
          case OUTGOING -> true;
          case UNKNOWN -> isLocal(segment.sourceHigh(), segment.sourceLow());
          default -> false;
        };
    segment.direction(outgoing ? Direction.TX : Direction.RX);
    if (stack != null && stack.isLoopback()) {
      return outgoing ? Locality.SENT : Locality.RECEIVED;
    }
    if (stack == null && segment.packetType() != PacketType.OUTGOING && isBetweenLocals(segment)) {
      return Locality.BOTH;
    }
    if (!(outgoing ? isSource(segment) : isDestination(segment))) {
      return Locality.FORWARDED;
    }
    if (stack != null && stack.isSeenAbove(segment)) {
      return Locality.DUPLICATE;
    }
    if (segment.packetType() == PacketType.OTHERHOST) {
      return Locality.FORWARDED;
    }
    return outgoing ? Locality.SENT : Locality.RECEIVED;
  }

  /** On an unknown interface, as in a capture file, such traffic is loopback's, captured once. */
  private boolean isBetweenLocals(Segment segment) {
    return isLocal(segment.sourceHigh(), segment.sourceLow())
        && isLocal(segment.destinationHigh(), segment.destinationLow());
  }

  private boolean isSource(Segment segment) {
    long high = segment.sourceHigh();
    long low = segment.sourceLow();
    return isLocal(high, low) || IpAddress.isAny(high, low);
  }

  private boolean isDestination(Segment segment) {
    long high = segment.destinationHigh();
    long low = segment.destinationLow();
    return isLocal(high, low)
        || isMulticast(high, low)
        || (high == 0 && low == LIMITED_BROADCAST)
        || broadcasts.contains(high, low);
  }

  private static boolean isMulticast(long high, long low) {
    return high >>> 56 == 0xff || (IpAddress.isMapped(high, low) && (low >>> 28 & 0xf) == 0xe);
  }

  private InterfaceStack stack(int interfaceIndex) {
    return interfaceIndex >= 0 && interfaceIndex < stackByIndex.length
        ? stackByIndex[interfaceIndex]
        : stacks.get(interfaceIndex);
  }
}
