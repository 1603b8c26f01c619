package io.github.pidflow.sockets;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Asks the kernel, through rtnetlink(7), whether it delivers packets to an address of its network
 * namespace locally.
 *
 * <pre>
 * struct rtmsg
 * 0 u8  rtm_family, rtm_dst_len, rtm_src_len, rtm_tos
 * 4 u8  rtm_table, rtm_protocol, rtm_scope, rtm_type
 * 8 u32 rtm_flags
 * </pre>
 */
final class LocalAddresses implements AutoCloseable {
  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_GETROUTE = 26;
  private static final int RTMSG_BYTES = 12;
  private static final int DST_LEN = 1;
  private static final int ROUTE_TYPE = 7;
  private static final int RTN_LOCAL = 2;
  private static final int RTA_DST = 1;
  private static final int ATTRIBUTE_BYTES = 4;

  private final NetlinkSocket netlink;
  private boolean local;

  private LocalAddresses(NetlinkSocket netlink) {
    this.netlink = netlink;
  }

  /** Opens it in the calling thread's network namespace. */
  static LocalAddresses open() throws NativeIoException {
    return new LocalAddresses(NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE));
  }

  /** Returns whether the local address of a key is one of this namespace's. */
  boolean contains(SocketKey key) {
    local = false;
    try {
      netlink.exchange(
          request(key),
          "RTM_GETROUTE",
          (type, message) ->
              local |=
                  type == RTM_NEWROUTE
                      && message.limit() >= RTMSG_BYTES
                      && message.get(ROUTE_TYPE) == RTN_LOCAL);
    } catch (NativeIoException e) {
      // There is no route to it.
    }
    return local;
  }

  private static ByteBuffer request(SocketKey key) {
    boolean v4 = IpAddress.isMapped(key.localHigh(), key.localLow());
    int bytes = v4 ? Integer.BYTES : 2 * Long.BYTES;
    ByteBuffer request =
        NetlinkSocket.request(RTM_GETROUTE, 0, RTMSG_BYTES + ATTRIBUTE_BYTES + bytes);
    int header = request.position();
    request.put(header, (byte) (v4 ? InetDiag.AF_INET : InetDiag.AF_INET6));
    request.put(header + DST_LEN, (byte) (bytes * Byte.SIZE));
    request.position(header + RTMSG_BYTES);
    request.putShort((short) (ATTRIBUTE_BYTES + bytes)).putShort((short) RTA_DST);
    request.order(ByteOrder.BIG_ENDIAN);
    if (v4) {
      request.putInt((int) key.localLow());
    } else {
      request.putLong(key.localHigh()).putLong(key.localLow());
    }
    return request.order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    netlink.close();
  }
}
