package io.github.pidflow.host;

import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * An interface, the virtual devices stacked on top of it, and whether it shows copies. A packet
 * sent through a bridge is captured on the bridge and again on its port; one received for a VLAN
 * device is captured on the device below first. {@link Sightings} has the rule.
 */
final class InterfaceStack {
  private final boolean loopback;
  private final int vrfIndex;
  private final boolean enslaved;
  private final boolean ifb;
  private final boolean mirrorTarget;
  private final AddressSet own;
  private final boolean addressed;
  private final int family;
  private final boolean sharesBroadcasts;
  private final List<Upper> uppers = new ArrayList<>();

  /**
   * @param mirrorTarget whether tc(8) mirrors packets of other interfaces to it
   */
  InterfaceStack(
      NetworkInterface self,
      List<NetworkInterface> all,
      Collection<InterfaceAddress> addresses,
      boolean mirrorTarget) {
    loopback = self.loopback();
    vrfIndex =
        all.stream()
            .filter(each -> each.index() == self.masterIndex() && each.kind().equals("vrf"))
            .mapToInt(NetworkInterface::index)
            .findFirst()
            .orElse(0);
    ifb = self.kind().equals("ifb");
    this.mirrorTarget = mirrorTarget;
    List<InterfaceAddress> ownList =
        addresses.stream().filter(each -> each.interfaceIndex() == self.index()).toList();
    own = new AddressSet(ownList);
    addressed = ownList.stream().anyMatch(each -> !isLinkLocal(each));
    boolean upper = isShared(self.kind()) && contains(all, self.lowerIndex());
    family = upper ? self.lowerIndex() : self.index();
    sharesBroadcasts =
        upper
            || all.stream()
                .anyMatch(each -> isShared(each.kind()) && each.lowerIndex() == self.index());
    enslaved = all.stream().anyMatch(each -> isMasterOf(each, self));
    for (NetworkInterface each : all) {
      if (each.lowerIndex() == self.index() && isDemultiplexed(each.kind())) {
        uppers.add(new Upper(each, self, addresses));
      }
    }
  }

  boolean isLoopback() {
    return loopback;
  }

  boolean isPort() {
    return enslaved;
  }

  /** The VRF that the interface belongs to, or 0. */
  int vrfIndex() {
    return vrfIndex;
  }

  /** Whether this host's segment is also captured on a device above this one. */
  boolean isSeenAbove(Segment segment) {
    if (enslaved) {
      return true;
    }
    for (Upper upper : uppers) {
      if (upper.sees(segment)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it is a copy of a packet that another device sends or has received. */
  boolean showsCopy(HostNetwork network, Segment segment) {
    if (ifb) {
      return true;
    }
    if (!mirrorTarget
        || segment.packetType() != PacketType.OUTGOING
        || own.contains(segment.sourceHigh(), segment.sourceLow())) {
      return false;
    }
    return !addressed
        || network.isLocal(segment.sourceHigh(), segment.sourceLow())
        || network.isLocal(segment.destinationHigh(), segment.destinationLow())
        || network.isToMany(segment);
  }

  /** Whether broadcasts are shown by the device below and by several on it: macvlan, ipvlan. */
  boolean sharesBroadcasts() {
    return sharesBroadcasts;
  }

  /** The index of the device below all that share broadcasts with this one. */
  int family() {
    return family;
  }

  private static boolean contains(List<NetworkInterface> all, int index) {
    return all.stream().anyMatch(each -> each.index() == index);
  }

  /** Every device that is up has one in fe80::/10, unasked. */
  private static boolean isLinkLocal(InterfaceAddress address) {
    return address.high() >>> 54 == 0xfe80 >>> 6;
  }

  /** A VRF is a routing table, not a device that packets pass through: its ports count. */
  private static boolean isMasterOf(NetworkInterface master, NetworkInterface port) {
    return master.index() == port.masterIndex() && !master.kind().equals("vrf");
  }

  private static boolean isDemultiplexed(String kind) {
    return kind.equals("vlan") || isShared(kind);
  }

  /** Whether such a device shares the tagless packets of the one below by their addresses. */
  private static boolean isShared(String kind) {
    return switch (kind) {
      case "macvlan", "macvtap", "ipvlan", "ipvtap" -> true;
      default -> false;
    };
  }

  /** A device that receives some of the packets of the device below it. */
  private static final class Upper {
    private final int vlanId;
    private final AddressSet addresses;

    Upper(NetworkInterface self, NetworkInterface lower, Collection<InterfaceAddress> addresses) {
      vlanId = self.vlanId();
      this.addresses = new AddressSet(ownOf(self, lower, addresses));
    }

    /** The addresses of this device that the one below does not have too. */
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

    boolean sees(Segment segment) {
      return vlanId != 0
          ? segment.vlanId() == vlanId
          : addresses.contains(segment.localHigh(), segment.localLow());
    }
  }
}
