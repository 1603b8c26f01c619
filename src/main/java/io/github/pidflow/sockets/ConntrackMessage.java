package io.github.pidflow.sockets;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.NetlinkAttributes;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The messages of ctnetlink (linux/netfilter/nfnetlink_conntrack.h). Addresses, ports and the
 * status are big endian, lengths and types native.
 *
 * <pre>
 * struct nfgenmsg           CTA_TUPLE_ORIG { CTA_TUPLE_IP    { CTA_IP_V4_SRC, CTA_IP_V4_DST }
 * 0 u8  nfgen_family                         CTA_TUPLE_PROTO { CTA_PROTO_NUM, CTA_PROTO_SRC_PORT,
 * 1 u8  version                                                CTA_PROTO_DST_PORT } }
 * 2 u16 res_id              CTA_TUPLE_REPLY, in the same way
 * 4     attributes          CTA_STATUS
 * </pre>
 */
final class ConntrackMessage {
  /** NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_NEW. */
  static final int CT_NEW = 1 << 8;

  /** NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_GET. */
  private static final int CT_GET = 1 << 8 | 1;

  /** What IPS_SRC_NAT and IPS_DST_NAT in a status mean: NAT changes the source or destination. */
  static final int SRC_NAT = 1 << 4;

  static final int DST_NAT = 1 << 5;

  private static final int NFGENMSG_BYTES = 4;
  private static final int NESTED = 1 << 15;
  private static final int ATTRIBUTE_BYTES = 4;
  private static final int PADDED_BYTES = 4;

  private static final int CTA_TUPLE_ORIG = 1;
  private static final int CTA_TUPLE_REPLY = 2;
  private static final int CTA_STATUS = 3;
  private static final int CTA_STATUS_MASK = 26;
  private static final int CTA_TUPLE_IP = 1;
  private static final int CTA_TUPLE_PROTO = 2;
  private static final int CTA_IP_V4_SRC = 1;
  private static final int CTA_IP_V4_DST = 2;
  private static final int CTA_IP_V6_SRC = 3;
  private static final int CTA_IP_V6_DST = 4;
  private static final int CTA_PROTO_NUM = 1;
  private static final int CTA_PROTO_SRC_PORT = 2;
  private static final int CTA_PROTO_DST_PORT = 3;
  private static final int CTA_PROTO_ICMP_ID = 4;
  private static final int CTA_PROTO_ICMP_TYPE = 5;
  private static final int CTA_PROTO_ICMP_CODE = 6;
  private static final int CTA_PROTO_ICMPV6_ID = 7;
  private static final int CTA_PROTO_ICMPV6_TYPE = 8;
  private static final int CTA_PROTO_ICMPV6_CODE = 9;
  private static final int ECHO_REPLY = 0;
  private static final int ICMPV6_ECHO_REPLY = 129;

  private ConntrackMessage() {}

  /**
   * Requests the entry that has a tuple in either direction, which the kernel looks up in its hash
   * table.
   *
   * @param tuple from its local end to its remote end; an ICMP tuple is that of an echo reply
   */
  static ByteBuffer findRequest(SocketKey tuple) {
    boolean v4 = IpAddress.isMapped(tuple.localHigh(), tuple.localLow());
    int protocol = tuple.protocol();
    int addresses = 2 * (ATTRIBUTE_BYTES + (v4 ? Integer.BYTES : 2 * Long.BYTES));
    int parts = Protocol.isIcmp(protocol) ? 4 : 3;
    int ports = parts * (ATTRIBUTE_BYTES + PADDED_BYTES);
    int ends = ATTRIBUTE_BYTES + addresses + ATTRIBUTE_BYTES + ports;
    // The answer is marked as one of several messages, even though it is the only one.
    ByteBuffer request =
        request(
            v4 ? InetDiag.AF_INET : InetDiag.AF_INET6,
            NetlinkSocket.NLM_F_ACK,
            ATTRIBUTE_BYTES + ends);
    begin(request, CTA_TUPLE_ORIG, ends);
    begin(request, CTA_TUPLE_IP, addresses);
    putAddress(request, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, tuple.localHigh(), tuple.localLow());
    putAddress(request, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, tuple.remoteHigh(), tuple.remoteLow());
    begin(request, CTA_TUPLE_PROTO, ports);
    putByte(request, CTA_PROTO_NUM, protocol);
    if (protocol == Protocol.ICMP) {
      putPort(request, CTA_PROTO_ICMP_ID, tuple.localPort());
      putByte(request, CTA_PROTO_ICMP_TYPE, ECHO_REPLY);
      putByte(request, CTA_PROTO_ICMP_CODE, 0);
    } else if (protocol == Protocol.ICMPV6) {
      putPort(request, CTA_PROTO_ICMPV6_ID, tuple.localPort());
      putByte(request, CTA_PROTO_ICMPV6_TYPE, ICMPV6_ECHO_REPLY);
      putByte(request, CTA_PROTO_ICMPV6_CODE, 0);
    } else {
      putPort(request, CTA_PROTO_SRC_PORT, tuple.localPort());
      putPort(request, CTA_PROTO_DST_PORT, tuple.remotePort());
    }
    return request;
  }

  /** Requests all entries whose status has these values under this mask, of both families. */
  static ByteBuffer dumpRequest(int status, int mask) {
    ByteBuffer request =
        request(0, NetlinkSocket.NLM_F_DUMP, 2 * (ATTRIBUTE_BYTES + Integer.BYTES));
    putHeader(request, CTA_STATUS, Integer.BYTES);
    putBigEndian(request, status);
    putHeader(request, CTA_STATUS_MASK, Integer.BYTES);
    putBigEndian(request, mask);
    return request;
  }

  private static ByteBuffer request(int family, int flags, int attributeBytes) {
    ByteBuffer request = NetlinkSocket.request(CT_GET, flags, NFGENMSG_BYTES + attributeBytes);
    return request.put((byte) family).put((byte) 0).putShort((short) 0);
  }

  private static void begin(ByteBuffer request, int type, int bytes) {
    putHeader(request, type | NESTED, bytes);
  }

  private static void putHeader(ByteBuffer request, int type, int bytes) {
    request.putShort((short) (ATTRIBUTE_BYTES + bytes)).putShort((short) type);
  }

  private static void putAddress(ByteBuffer request, int type, long high, long low) {
    boolean v4 = IpAddress.isMapped(high, low);
    putHeader(request, type, v4 ? Integer.BYTES : 2 * Long.BYTES);
    request.order(ByteOrder.BIG_ENDIAN);
    if (v4) {
      request.putInt((int) low);
    } else {
      request.putLong(high).putLong(low);
    }
    request.order(ByteOrder.nativeOrder());
  }

  private static void putByte(ByteBuffer request, int type, int value) {
    putHeader(request, type, Byte.BYTES);
    putBigEndian(request, value << 24);
  }

  private static void putPort(ByteBuffer request, int type, int port) {
    putHeader(request, type, Short.BYTES);
    putBigEndian(request, port << 16);
  }

  /** The value and its padding. */
  private static void putBigEndian(ByteBuffer request, int value) {
    request.order(ByteOrder.BIG_ENDIAN).putInt(value).order(ByteOrder.nativeOrder());
  }

  /** Parses an entry; empty if it lacks a tuple. */
  static Optional<ConntrackEntry> parse(ByteBuffer message, int namespace) {
    if (message.limit() < NFGENMSG_BYTES) {
      return Optional.empty();
    }
    SocketKey original = null;
    SocketKey reply = null;
    NetlinkAttributes attributes = new NetlinkAttributes(message, NFGENMSG_BYTES);
    while (attributes.next()) {
      if (attributes.type() == CTA_TUPLE_ORIG) {
        original = tuple(message, attributes.nested(), namespace);
      } else if (attributes.type() == CTA_TUPLE_REPLY) {
        reply = tuple(message, attributes.nested(), namespace);
      }
    }
    return original == null || reply == null
        ? Optional.empty()
        : Optional.of(new ConntrackEntry(original, reply));
  }

  /** The tuple as the key of a socket at its source; null if it is incomplete. */
  private static SocketKey tuple(ByteBuffer message, NetlinkAttributes parts, int namespace) {
    ByteBuffer wire = message.duplicate().order(ByteOrder.BIG_ENDIAN);
    Tuple tuple = new Tuple();
    while (parts.next()) {
      NetlinkAttributes values = parts.nested();
      while (values.next()) {
        if (parts.type() == CTA_TUPLE_IP) {
          tuple.addAddress(wire, values);
        } else if (parts.type() == CTA_TUPLE_PROTO) {
          tuple.addPort(wire, values);
        }
      }
    }
    return tuple.isComplete() ? tuple.key(namespace) : null;
  }

  /** One direction of an entry. As in a socket's key, an echo's id is its local port. */
  private static final class Tuple {
    private final long[] source = new long[2];
    private final long[] destination = new long[2];
    private int addresses;
    private int protocol;
    private int sourcePort;
    private int destinationPort;
    private int ports;

    private void addAddress(ByteBuffer wire, NetlinkAttributes value) {
      boolean v4 = value.type() == CTA_IP_V4_SRC || value.type() == CTA_IP_V4_DST;
      if (value.valueLength() < (v4 ? Integer.BYTES : 2 * Long.BYTES)) {
        return;
      }
      boolean isSource = value.type() == CTA_IP_V4_SRC || value.type() == CTA_IP_V6_SRC;
      long[] address = isSource ? source : destination;
      int at = value.valueAt();
      address[0] = v4 ? 0 : wire.getLong(at);
      address[1] = v4 ? IpAddress.mapped(wire.getInt(at)) : wire.getLong(at + Long.BYTES);
      addresses++;
    }

    private void addPort(ByteBuffer wire, NetlinkAttributes value) {
      int at = value.valueAt();
      if (value.type() == CTA_PROTO_NUM && value.valueLength() >= 1) {
        protocol = Byte.toUnsignedInt(wire.get(at));
      } else if (value.valueLength() >= Short.BYTES) {
        int port = Short.toUnsignedInt(wire.getShort(at));
        switch (value.type()) {
          case CTA_PROTO_SRC_PORT, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMPV6_ID -> sourcePort = port;
          case CTA_PROTO_DST_PORT -> destinationPort = port;
          default -> {
            return;
          }
        }
        ports++;
      }
    }

    private boolean isComplete() {
      return addresses == 2 && ports == (Protocol.isIcmp(protocol) ? 1 : 2);
    }

    private SocketKey key(int namespace) {
      return new SocketKey(
          namespace,
          protocol,
          source[0],
          source[1],
          sourcePort,
          destination[0],
          destination[1],
          destinationPort);
    }
  }
}
