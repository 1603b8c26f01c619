package io.github.pidflow.host;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetlinkAttributes;
import io.github.pidflow.linux.NetlinkSocket;
import io.github.pidflow.linux.Poller;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the network of the calling thread's network namespace through rtnetlink(7): interfaces,
 * addresses, routes of the local table and targets of tc(8) mirrors. Dumps come on demand; events
 * report when a new dump is worthwhile, and what they add is valid before it.
 */
public final class RouteNetlink implements AutoCloseable {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_GETADDR = 22;

  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_GETROUTE = 26;
  private static final int RTM_NEWACTION = 48;
  private static final int RTM_GETACTION = 50;

  private static final int RTNLGRP_LINK = 1;
  private static final int RTNLGRP_TC = 4;
  private static final int RTNLGRP_IPV4_IFADDR = 5;
  private static final int RTNLGRP_IPV4_ROUTE = 7;
  private static final int RTNLGRP_IPV6_IFADDR = 9;
  private static final int RTNLGRP_IPV6_ROUTE = 11;

  // struct ifinfomsg { u8 family, pad; u16 type; s32 index; u32 flags, change; }
  private static final int IFINFOMSG_BYTES = 16;
  private static final int IFINFOMSG_INDEX = 4;
  private static final int IFINFOMSG_FLAGS = 8;
  private static final int IFF_LOOPBACK = 8;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_LINK = 5;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_LINK_NETNSID = 37;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int IFLA_VLAN_ID = 1;
  private static final int IFLA_VXLAN_PORT = 15;
  private static final int IFLA_GENEVE_PORT = 5;

  // struct ifaddrmsg { u8 family, prefixlen, flags, scope; u32 index; }
  private static final int IFADDRMSG_BYTES = 8;
  private static final int IFADDRMSG_INDEX = 4;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_BROADCAST = 4;

  private static final List<Integer> GROUPS =
      List.of(
          RTNLGRP_LINK,
          RTNLGRP_TC,
          RTNLGRP_IPV4_IFADDR,
          RTNLGRP_IPV4_ROUTE,
          RTNLGRP_IPV6_IFADDR,
          RTNLGRP_IPV6_ROUTE);

  private static final int MAX_TRIES = 5;

  private final NetlinkSocket requests;
  private final NetlinkSocket events;

  private RouteNetlink(NetlinkSocket requests, NetlinkSocket events) {
    this.requests = requests;
    this.events = events;
  }

  public static RouteNetlink open() throws NativeIoException {
    NetlinkSocket requests = NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE);
    NetlinkSocket events = null;
    try {
      events = NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE);
      requests.checkStrictly();
      // Before it joins: a router's main table changes all the time.
      events.attachFilter(RouteEventFilter.PROGRAM);
      for (int group : GROUPS) {
        events.join(group);
      }
      return new RouteNetlink(requests, events);
    } catch (NativeIoException e) {
      requests.close();
      if (events != null) {
        events.close();
      }
      throw e;
    }
  }

  /** What events have added to a network, and whether there were any events. */
  static final class Changes {
    final List<InterfaceAddress> addresses = new ArrayList<>();
    final List<InterfaceAddress> broadcasts = new ArrayList<>();
    final List<LocalRoute> routes = new ArrayList<>();
    private boolean any;

    /** Whether the network has changed, or may have. */
    boolean any() {
      return any;
    }

    /** Whether something was added, which can be used before the network is read anew. */
    boolean addAny() {
      return !addresses.isEmpty() || !broadcasts.isEmpty() || !routes.isEmpty();
    }
  }

  /** Dumps the network. */
  public HostNetwork read() throws NativeIoException {
    for (int tries = 1; ; tries++) {
      List<NetworkInterface> interfaces = new ArrayList<>();
      List<InterfaceAddress> addresses = new ArrayList<>();
      List<InterfaceAddress> broadcasts = new ArrayList<>();
      boolean whole =
          requests.exchange(
              dump(RTM_GETLINK, IFINFOMSG_BYTES),
              "RTM_GETLINK",
              (type, payload) -> {
                if (type == RTM_NEWLINK && payload.limit() >= IFINFOMSG_BYTES) {
                  interfaces.add(parseLink(payload));
                }
              });
      whole &=
          requests.exchange(
              dump(RTM_GETADDR, IFADDRMSG_BYTES),
              "RTM_GETADDR",
              (type, payload) -> {
                if (type == RTM_NEWADDR && payload.limit() >= IFADDRMSG_BYTES) {
                  parseAddress(payload, addresses, broadcasts);
                }
              });
      List<LocalRoute> routes = new ArrayList<>();
      whole &= readLocalRoutes(LocalRouteMessage.AF_INET, routes);
      whole &= readLocalRoutes(LocalRouteMessage.AF_INET6, routes);
      Set<Integer> mirrorTargets = new HashSet<>();
      whole &= readMirrorTargets(mirrorTargets);
      if (whole || tries == MAX_TRIES) {
        return new HostNetwork(interfaces, addresses, broadcasts, routes, mirrorTargets);
      }
    }
  }

  private boolean readLocalRoutes(int family, List<LocalRoute> routes) throws NativeIoException {
    return exchangeIfSupported(
        LocalRouteMessage.dump(RTM_GETROUTE, family),
        "RTM_GETROUTE",
        (type, payload) -> {
          LocalRoute route = type == RTM_NEWROUTE ? LocalRouteMessage.parse(payload) : null;
          if (route != null) {
            routes.add(route);
          }
        });
  }

  private boolean readMirrorTargets(Set<Integer> targets) throws NativeIoException {
    return exchangeIfSupported(
        MirrorMessage.dump(RTM_GETACTION),
        "RTM_GETACTION",
        (type, payload) -> {
          // The kernel answers this dump with the type of the request.
          if (type == RTM_GETACTION || type == RTM_NEWACTION) {
            MirrorMessage.parse(payload, targets);
          }
        });
  }

  /** A kernel may lack IPv6 or tc's actions; then there is nothing to read. */
  private boolean exchangeIfSupported(
      ByteBuffer request, String what, NetlinkSocket.MessageHandler handler)
      throws NativeIoException {
    try {
      return requests.exchange(request, what, handler);
    } catch (NativeIoException e) {
      return switch (e.errno()) {
        case Errno.ENOENT, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.EAFNOSUPPORT -> true;
        default -> throw e;
      };
    }
  }

  void pollWith(Poller poller, int token) throws NativeIoException {
    poller.add(events, token);
  }

  /** Reads the pending events. */
  Changes drainChanges() throws NativeIoException {
    Changes changes = new Changes();
    try {
      changes.any = events.drainEvents((type, payload) -> onEvent(type, payload, changes)) > 0;
    } catch (NativeIoException e) {
      if (e.errno() != Errno.ENOBUFS) {
        throw e;
      }
      changes.any = true;
    }
    return changes;
  }

  private static void onEvent(int type, ByteBuffer payload, Changes changes) {
    if (type == RTM_NEWADDR && payload.limit() >= IFADDRMSG_BYTES) {
      parseAddress(payload, changes.addresses, changes.broadcasts);
    } else if (type == RTM_NEWROUTE) {
      LocalRoute route = LocalRouteMessage.parse(payload);
      if (route != null) {
        changes.routes.add(route);
      }
    }
  }

  @Override
  public void close() {
    requests.close();
    events.close();
  }

  private static ByteBuffer dump(int type, int payloadBytes) {
    return NetlinkSocket.request(type, NetlinkSocket.NLM_F_DUMP, payloadBytes);
  }

  static NetworkInterface parseLink(ByteBuffer payload) {
    int index = payload.getInt(IFINFOMSG_INDEX);
    boolean loopback = (payload.getInt(IFINFOMSG_FLAGS) & IFF_LOOPBACK) != 0;
    String name = "";
    String kind = "";
    int master = 0;
    int lower = 0;
    int vlanId = 0;
    int tunnelPort = 0;
    boolean lowerInOtherNamespace = false;
    NetlinkAttributes attributes = new NetlinkAttributes(payload, IFINFOMSG_BYTES);
    while (attributes.next()) {
      switch (attributes.type()) {
        case IFLA_IFNAME -> name = attributes.stringValue();
        case IFLA_MASTER -> master = attributes.intValue();
        case IFLA_LINK -> lower = attributes.intValue();
        case IFLA_LINK_NETNSID -> lowerInOtherNamespace = true;
        case IFLA_LINKINFO -> {
          NetlinkAttributes info = attributes.nested();
          while (info.next()) {
            if (info.type() == IFLA_INFO_KIND) {
              kind = info.stringValue();
            } else if (info.type() == IFLA_INFO_DATA) {
              switch (kind) {
                case "vlan" ->
                    vlanId = Short.toUnsignedInt(nestedShort(info, IFLA_VLAN_ID, payload));
                case "vxlan" -> tunnelPort = nestedPort(info, IFLA_VXLAN_PORT, payload);
                case "geneve" -> tunnelPort = nestedPort(info, IFLA_GENEVE_PORT, payload);
                default -> {}
              }
            }
          }
        }
        default -> {}
      }
    }
    return new NetworkInterface(
        index, name, kind, loopback, master, lowerInOtherNamespace ? 0 : lower, vlanId, tunnelPort);
  }

  /** A 16-bit attribute nested in another, in native byte order; 0 if absent. */
  private static short nestedShort(NetlinkAttributes outer, int type, ByteBuffer payload) {
    NetlinkAttributes data = outer.nested();
    while (data.next()) {
      if (data.type() == type && data.valueLength() >= Short.BYTES) {
        return payload.getShort(data.valueAt());
      }
    }
    return 0;
  }

  /** A 16-bit attribute nested in another, in network byte order; 0 if absent. */
  private static int nestedPort(NetlinkAttributes outer, int type, ByteBuffer payload) {
    short value = nestedShort(outer, type, payload);
    boolean swapped = payload.order() == ByteOrder.LITTLE_ENDIAN;
    return Short.toUnsignedInt(swapped ? Short.reverseBytes(value) : value);
  }

  static void parseAddress(
      ByteBuffer payload, List<InterfaceAddress> addresses, List<InterfaceAddress> broadcasts) {
    int index = payload.getInt(IFADDRMSG_INDEX);
    InterfaceAddress address = null;
    InterfaceAddress local = null;
    NetlinkAttributes attributes = new NetlinkAttributes(payload, IFADDRMSG_BYTES);
    while (attributes.next()) {
      switch (attributes.type()) {
        case IFA_ADDRESS -> address = address(index, payload, attributes);
        case IFA_LOCAL -> local = address(index, payload, attributes);
        case IFA_BROADCAST -> {
          InterfaceAddress broadcast = address(index, payload, attributes);
          if (broadcast != null) {
            broadcasts.add(broadcast);
          }
        }
        default -> {}
      }
    }
    // On a point-to-point link IFA_ADDRESS is the peer's address, IFA_LOCAL this host's.
    InterfaceAddress ours = local != null ? local : address;
    if (ours != null) {
      addresses.add(ours);
    }
  }

  private static InterfaceAddress address(
      int index, ByteBuffer payload, NetlinkAttributes attribute) {
    ByteBuffer value = payload.duplicate().order(ByteOrder.BIG_ENDIAN);
    int at = attribute.valueAt();
    return switch (attribute.valueLength()) {
      case 4 -> new InterfaceAddress(index, 0, IpAddress.mapped(value.getInt(at)));
      case 16 -> new InterfaceAddress(index, value.getLong(at), value.getLong(at + 8));
      default -> null;
    };
  }
}
