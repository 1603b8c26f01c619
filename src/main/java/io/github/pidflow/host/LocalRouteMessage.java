package io.github.pidflow.host;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.linux.NetlinkAttributes;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Messages on routes of the local table.
 *
 * <pre>
 * struct rtmsg
 * 0 u8 rtm_family     3 u8 rtm_tos        6 u8 rtm_scope
 * 1 u8 rtm_dst_len    4 u8 rtm_table      7 u8 rtm_type
 * 2 u8 rtm_src_len    5 u8 rtm_protocol   8 u32 rtm_flags
 * </pre>
 */
final class LocalRouteMessage {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private static final int FAMILY = 0;
  private static final int DESTINATION_LENGTH = 1;
  static final int TABLE = 4;
  private static final int TYPE = 7;
  private static final int BYTES = 12;

  static final int RT_TABLE_LOCAL = 255;
  private static final int RTN_LOCAL = 2;
  private static final int RTN_ANYCAST = 4;
  private static final int RTA_DST = 1;

  private static final int MAPPED_BITS = 96;

  private LocalRouteMessage() {}

  /** A request for the local table of one family; older kernels answer with all tables. */
  static ByteBuffer dump(int requestType, int family) {
    ByteBuffer request = NetlinkSocket.request(requestType, NetlinkSocket.NLM_F_DUMP, BYTES);
    int payload = request.position();
    request.put(payload + FAMILY, (byte) family);
    request.put(payload + TABLE, (byte) RT_TABLE_LOCAL);
    return request;
  }

  /** The route of a message, null if it is not one of the local table. */
  static LocalRoute parse(ByteBuffer payload) {
    if (payload.limit() < BYTES || Byte.toUnsignedInt(payload.get(TABLE)) != RT_TABLE_LOCAL) {
      return null;
    }
    int family = payload.get(FAMILY);
    int length = Byte.toUnsignedInt(payload.get(DESTINATION_LENGTH));
    if (family == AF_INET ? length > 32 : family != AF_INET6 || length > 128) {
      return null;
    }
    int type = payload.get(TYPE);
    boolean delivers = type == RTN_LOCAL || type == RTN_ANYCAST;
    long high = 0;
    long low = family == AF_INET ? IpAddress.mapped(0) : 0;
    NetlinkAttributes attributes = new NetlinkAttributes(payload, BYTES);
    ByteBuffer value = payload.duplicate().order(ByteOrder.BIG_ENDIAN);
    while (attributes.next()) {
      if (attributes.type() == RTA_DST) {
        int at = attributes.valueAt();
        if (family == AF_INET && attributes.valueLength() == Integer.BYTES) {
          low = IpAddress.mapped(value.getInt(at));
        } else if (family == AF_INET6 && attributes.valueLength() == 2 * Long.BYTES) {
          high = value.getLong(at);
          low = value.getLong(at + Long.BYTES);
        } else {
          return null;
        }
      }
    }
    return new LocalRoute(high, low, family == AF_INET ? MAPPED_BITS + length : length, delivers);
  }
}
