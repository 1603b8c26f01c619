package io.github.pidflow.host;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Addresses that are this host's by a route of the local table and not by an interface ({@code ip
 * route add local 192.0.2.0/24 dev lo}, "AnyIP"). The longest prefix that contains an address
 * decides, as in the kernel. Immutable, and looked up per packet without allocation: one hash probe
 * per length of prefix in use, none on a host that has only the routes of its addresses.
 */
final class LocalRoutes {
  private final Length[] lengths;

  /** The prefixes of one length. */
  private record Length(long highMask, long lowMask, AddressSet delivering, AddressSet others) {}

  /**
   * @param routes the local table; those of the interfaces' own addresses are left out here
   */
  LocalRoutes(Collection<LocalRoute> routes, AddressSet ownAddresses) {
    List<LocalRoute> wanted = new ArrayList<>();
    List<LocalRoute> wide =
        routes.stream()
            .filter(each -> each.delivers() && each.prefixLength() < LocalRoute.HOST_LENGTH)
            .filter(each -> !HostNetwork.isLoopback(each))
            .toList();
    for (LocalRoute each : routes) {
      boolean ofInterface =
          each.prefixLength() == LocalRoute.HOST_LENGTH
              && ownAddresses.contains(each.high(), each.low());
      boolean exception = !each.delivers() && wide.stream().anyMatch(wider -> isIn(each, wider));
      if (each.delivers() ? !ofInterface && !HostNetwork.isLoopback(each) : exception) {
        wanted.add(each);
      }
    }
    lengths =
        wanted.stream()
            .map(LocalRoute::prefixLength)
            .distinct()
            .sorted(Comparator.reverseOrder())
            .map(length -> length(length, wanted))
            .toArray(Length[]::new);
  }

  private static boolean isIn(LocalRoute narrow, LocalRoute wide) {
    return wide.prefixLength() < narrow.prefixLength()
        && wide.contains(narrow.high(), narrow.low());
  }

  private static Length length(int prefixLength, List<LocalRoute> routes) {
    List<InterfaceAddress> delivering = new ArrayList<>();
    List<InterfaceAddress> others = new ArrayList<>();
    for (LocalRoute each : routes) {
      if (each.prefixLength() == prefixLength) {
        (each.delivers() ? delivering : others)
            .add(new InterfaceAddress(0, each.high(), each.low()));
      }
    }
    return new Length(
        LocalRoute.highMask(prefixLength),
        LocalRoute.lowMask(prefixLength),
        new AddressSet(delivering),
        new AddressSet(others));
  }

  boolean deliver(long high, long low) {
    for (Length each : lengths) {
      long prefixHigh = high & each.highMask;
      long prefixLow = low & each.lowMask;
      if (each.delivering.contains(prefixHigh, prefixLow)) {
        return true;
      }
      if (each.others.contains(prefixHigh, prefixLow)) {
        return false;
      }
    }
    return false;
  }
}
