package io.github.pidflow.host;

import io.github.pidflow.flow.Segment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * An interface and the virtual devices stacked on top of it. A packet sent through a bridge is
 * captured on the bridge and again on its port; one received for a VLAN device is captured on the
 * device below first.
 */
final class InterfaceStack {
  private final boolean loopback;
  private final boolean enslaved;
  private final List<Upper> uppers = new ArrayList<>();

  InterfaceStack(
      NetworkInterface self, List<NetworkInterface> all, Collection<InterfaceAddress> addresses) {
    loopback = self.loopback();
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

  /** A VRF is a routing table, not a device that packets pass through: its ports count. */
  private static boolean isMasterOf(NetworkInterface master, NetworkInterface port) {
    return master.index() == port.masterIndex() && !master.kind().equals("vrf");
  }

  private static boolean isDemultiplexed(String kind) {
    return switch (kind) {
      case "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap" -> true;
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
