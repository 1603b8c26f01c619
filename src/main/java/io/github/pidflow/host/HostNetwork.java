package io.github.pidflow.host;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The interfaces, addresses and local routes of one network namespace at one moment. Immutable.
 * {@link Sightings} asks it about each packet.
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
  private final List<LocalRoute> routeList;
  private final LocalRoutes routes;
  private final Set<Integer> mirrorTargets;
  private final TunnelPorts tunnels;
  private final Map<Integer, InterfaceStack> stacks = new HashMap<>();

  /** The same by interface index, for small ones, which nearly all are: saves a map lookup. */
  private final InterfaceStack[] stackByIndex;

  public HostNetwork(
      Collection<NetworkInterface> interfaces,
      Collection<InterfaceAddress> addresses,
      Collection<InterfaceAddress> broadcasts) {
    this(interfaces, addresses, broadcasts, List.of(), Set.of());
  }

  /**
   * @param routes those of the local table
   * @param mirrorTargets indexes of interfaces to which tc(8) mirrors the packets of others
   */
  HostNetwork(
      Collection<NetworkInterface> interfaces,
      Collection<InterfaceAddress> addresses,
      Collection<InterfaceAddress> broadcasts,
      Collection<LocalRoute> routes,
      Set<Integer> mirrorTargets) {
    this.interfaces = List.copyOf(interfaces);
    addressList = List.copyOf(addresses);
    broadcastList = List.copyOf(broadcasts);
    this.addresses = new AddressSet(addresses);
    this.broadcasts = new AddressSet(broadcasts);
    routeList = List.copyOf(routes);
    this.routes = new LocalRoutes(routes, this.addresses);
    this.mirrorTargets = Set.copyOf(mirrorTargets);
    tunnels = TunnelPorts.of(interfaces);
    for (NetworkInterface each : interfaces) {
      boolean mirrored = mirrorTargets.contains(each.index());
      stacks.put(each.index(), new InterfaceStack(each, this.interfaces, addresses, mirrored));
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
    return with(more, List.of(), List.of());
  }

  /** A copy with more addresses, broadcast addresses and local routes. */
  HostNetwork with(
      Collection<InterfaceAddress> moreAddresses,
      Collection<InterfaceAddress> moreBroadcasts,
      Collection<LocalRoute> moreRoutes) {
    return new HostNetwork(
        interfaces,
        joined(addressList, moreAddresses),
        joined(broadcastList, moreBroadcasts),
        joined(routeList, moreRoutes),
        mirrorTargets);
  }

  private static <T> List<T> joined(Collection<T> some, Collection<T> more) {
    List<T> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
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

  /** Whether it is a port of a bridge or a slave of a bond: the master shows its packets, too. */
  public boolean isPort(int interfaceIndex) {
    InterfaceStack stack = stack(interfaceIndex);
    return stack != null && stack.isPort();
  }

  /** Whether an address is this host's: an interface has it, or the local table a route to it. */
  public boolean isLocal(long high, long low) {
    return isLoopback(high, low) || addresses.contains(high, low) || routes.deliver(high, low);
  }

  private static boolean isLoopback(long high, long low) {
    return high == 0 && (low == LOOPBACK_IPV6 || (low & LOOPBACK_MASK) == LOOPBACK_NET);
  }

  static boolean isLoopback(LocalRoute route) {
    return isLoopback(route.high(), route.low());
  }

  boolean isSource(Segment segment) {
    long high = segment.sourceHigh();
    long low = segment.sourceLow();
    return isLocal(high, low) || IpAddress.isAny(high, low);
  }

  boolean isDestination(Segment segment) {
    long high = segment.destinationHigh();
    long low = segment.destinationLow();
    return isLocal(high, low) || isMany(high, low);
  }

  /** Whether it is a broadcast or multicast segment. */
  boolean isToMany(Segment segment) {
    return isMany(segment.destinationHigh(), segment.destinationLow());
  }

  private boolean isMany(long high, long low) {
    return isMulticast(high, low)
        || (high == 0 && low == LIMITED_BROADCAST)
        || broadcasts.contains(high, low);
  }

  private static boolean isMulticast(long high, long low) {
    return high >>> 56 == 0xff || (IpAddress.isMapped(high, low) && (low >>> 28 & 0xf) == 0xe);
  }

  InterfaceStack stack(int interfaceIndex) {
    return interfaceIndex >= 0 && interfaceIndex < stackByIndex.length
        ? stackByIndex[interfaceIndex]
        : stacks.get(interfaceIndex);
  }
}
