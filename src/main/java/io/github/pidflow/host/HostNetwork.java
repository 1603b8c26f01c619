package io.github.pidflow.host;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What this host is on the network at one moment: its interfaces and addresses. Immutable; asked
 * once a packet which way it goes.
 *
 * <p>Interfaces are stacked: a packet that leaves through a bridge is seen on the bridge and again
 * on its port, one that arrives for a VLAN device first on the device below. This host's own
 * traffic is counted on the upper one only, where the socket is bound and the address lives; the
 * second sight is a {@link Locality#DUPLICATE}. Traffic that merely passes is never seen by the
 * upper one and is counted wherever it is seen, as {@code /proc/net/dev} does.
 */
public final class HostNetwork {
  /** No interfaces, no addresses: before the first look, and in a replay without a table. */
  public static final HostNetwork UNKNOWN = new HostNetwork(List.of(), List.of(), List.of());

  private static final long LOOPBACK_NET = 0x0000_ffff_7f00_0000L;
  private static final long LOOPBACK_MASK = 0xffff_ffff_ff00_0000L;
  private static final long LOOPBACK_IPV6 = 1;
  private static final long LIMITED_BROADCAST = Segment.mapped(0xffff_ffff);

  private final List<NetworkInterface> interfaces;
  private final List<InterfaceAddress> addressList;
  private final List<InterfaceAddress> broadcastList;
  private final AddressSet addresses;
  private final AddressSet broadcasts;
  private final TunnelPorts tunnels;
  private final Map<Integer, Stack> stacks = new HashMap<>();

  /** Interfaces indexed by ifindex - 1 while those are small, as they nearly always are. */
  private final Stack[] stackByIndex;

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
      stacks.put(each.index(), new Stack(each, this.interfaces, addresses));
    }
    stackByIndex = new Stack[256];
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

  /** The same with more addresses. */
  HostNetwork with(Collection<InterfaceAddress> more) {
    List<InterfaceAddress> all = new ArrayList<>(addressList);
    all.addAll(more);
    return new HostNetwork(interfaces, all, broadcastList);
  }

  /**
   * Whether a segment that no process owns is the outside of a tunnel the kernel keeps.
   *
   * @param kernelSocket whether there is a socket for it, which no process holds
   */
  public boolean isTunnel(Segment segment, boolean kernelSocket) {
    return tunnels.isTunnel(segment, kernelSocket);
  }

  /** Whether it is a loopback interface, which shows each packet sent and received. */
  public boolean isLoopback(int interfaceIndex) {
    Stack stack = stack(interfaceIndex);
    return stack != null && stack.loopback;
  }

  public boolean isLocal(long high, long low) {
    return (high == 0 && (low == LOOPBACK_IPV6 || (low & LOOPBACK_MASK) == LOOPBACK_NET))
        || addresses.contains(high, low);
  }

  /**
   * Says whose the segment is and, where that is one process, sets its direction; a forwarded one
   * or a duplicate keeps the direction of its sight.
   */
  public Locality locate(Segment segment) {
    Stack stack = stack(segment.interfaceIndex());
    boolean outgoing =
        switch (segment.packetType()) {
          case OUTGOING -> true;
          case UNKNOWN -> isLocal(segment.sourceHigh(), segment.sourceLow());
          default -> false;
        };
    segment.direction(outgoing ? Direction.TX : Direction.RX);
    if (stack != null && stack.loopback) {
      return outgoing ? Locality.SENT : Locality.RECEIVED;
    }
    if (stack == null && !outgoingByType(segment) && isBetweenLocals(segment)) {
      return Locality.BOTH;
    }
    if (!(outgoing ? isSource(segment) : isDestination(segment))) {
      return Locality.FORWARDED;
    }
    if (stack != null && stack.isSeenAbove(segment)) {
      return Locality.DUPLICATE;
    }
    return switch (segment.packetType()) {
      case OTHERHOST -> Locality.FORWARDED;
      default -> outgoing ? Locality.SENT : Locality.RECEIVED;
    };
  }

  private static boolean outgoingByType(Segment segment) {
    return segment.packetType() == PacketType.OUTGOING;
  }

  /** On an interface nobody knows, as in a capture file, that is loopback traffic, shown once. */
  private boolean isBetweenLocals(Segment segment) {
    return isLocal(segment.sourceHigh(), segment.sourceLow())
        && isLocal(segment.destinationHigh(), segment.destinationLow());
  }

  private boolean isSource(Segment segment) {
    long high = segment.sourceHigh();
    long low = segment.sourceLow();
    return isLocal(high, low) || Segment.isAny(high, low);
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
    return high >>> 56 == 0xff || (Segment.isMapped(high, low) && (low >>> 28 & 0xf) == 0xe);
  }

  private Stack stack(int interfaceIndex) {
    return interfaceIndex >= 0 && interfaceIndex < stackByIndex.length
        ? stackByIndex[interfaceIndex]
        : stacks.get(interfaceIndex);
  }

  /** An interface and what is stacked on it. */
  private static final class Stack {
    private final boolean loopback;
    private final boolean enslaved;
    private final List<Upper> uppers = new ArrayList<>();

    Stack(
        NetworkInterface self, List<NetworkInterface> all, Collection<InterfaceAddress> addresses) {
      loopback = self.loopback();
      enslaved = all.stream().anyMatch(each -> isMasterOf(each, self));
      for (NetworkInterface each : all) {
        if (each.lowerIndex() == self.index() && isDemultiplexed(each.kind())) {
          uppers.add(new Upper(each, self, addresses));
        }
      }
    }

    /**
     * A VRF is a routing table, not a device packets pass through, so its ports count themselves.
     */
    private static boolean isMasterOf(NetworkInterface master, NetworkInterface port) {
      return master.index() == port.masterIndex() && !master.kind().equals("vrf");
    }

    private static boolean isDemultiplexed(String kind) {
      return switch (kind) {
        case "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap" -> true;
        default -> false;
      };
    }

    boolean isSeenAbove(Segment segment) {
      if (enslaved) {
        return true;
      }
      for (Upper upper : uppers) {
        if (upper.takes(segment)) {
          return true;
        }
      }
      return false;
    }
  }

  /** A device stacked on another, and which of its packets are its own. */
  private static final class Upper {
    private final int vlanId;
    private final AddressSet addresses;

    Upper(NetworkInterface self, NetworkInterface lower, Collection<InterfaceAddress> addresses) {
      vlanId = self.vlanId();
      this.addresses = new AddressSet(ownOf(self, lower, addresses));
    }

    private static List<InterfaceAddress> ownOf(
        NetworkInterface self, NetworkInterface lower, Collection<InterfaceAddress> addresses) {
      List<InterfaceAddress> own = new ArrayList<>();
      for (InterfaceAddress each : addresses) {
        boolean shared =
            addresses.contains(new InterfaceAddress(lower.index(), each.high(), each.low()));
        if (each.interfaceIndex() == self.index() && !shared) {
          own.add(each);
        }
      }
      return own;
    }

    boolean takes(Segment segment) {
      return vlanId != 0
          ? segment.vlanId() == vlanId
          : addresses.contains(segment.localHigh(), segment.localLow());
    }
  }
}
