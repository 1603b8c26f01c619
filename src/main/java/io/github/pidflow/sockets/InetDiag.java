package io.github.pidflow.sockets;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.NetlinkAttributes;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The messages of sock_diag(7) for internet sockets (linux/inet_diag.h). Addresses and ports are
 * big endian, everything else native.
 *
 * <pre>
 * struct inet_diag_req_v2          struct inet_diag_msg           struct inet_diag_sockid
 *  0 u8  sdiag_family               0 u8  idiag_family             0 be16 idiag_sport
 *  1 u8  sdiag_protocol             1 u8  idiag_state              2 be16 idiag_dport
 *  2 u8  idiag_ext                  2 u8  idiag_timer              4 be32 idiag_src[4]
 *  4 u32 idiag_states               3 u8  idiag_retrans           20 be32 idiag_dst[4]
 *  8     id                         4     id                      36 u32  idiag_if
 *                                  52 u32 idiag_expires           40 u32  idiag_cookie[2]
 *                                  56 u32 idiag_rqueue
 *                                  60 u32 idiag_wqueue
 *                                  64 u32 idiag_uid
 *                                  68 u32 idiag_inode
 * </pre>
 */
final class InetDiag {
  static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int TCPDIAG_GETSOCK = 18;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private static final int REQUEST_BYTES = 56;
  private static final int TCP_REQUEST_BYTES = 60;
  private static final int TCP_STATES_OFFSET = 52;
  private static final int MESSAGE_BYTES = 72;
  private static final int STATE = 1;
  private static final int ID = 4;
  private static final int ID_SPORT = 0;
  private static final int ID_DPORT = 2;
  private static final int ID_SRC = 4;
  private static final int ID_DST = 20;
  private static final int ID_IF = 36;
  private static final int ID_COOKIE = 40;
  private static final int UID = 64;
  private static final int INODE = 68;
  private static final int INET_DIAG_PROTOCOL = 10;
  private static final int INET_DIAG_SKV6ONLY = 11;

  static final int IPPROTO_RAW = 255;

  /** In a request, stands for a cookie that is not known (INET_DIAG_NOCOOKIE twice). */
  static final long NO_COOKIE = ~0L;

  private static final int TCP_LISTEN = 10;

  static final int TCP_SYN_RECV = 3;
  static final int TCP_TIME_WAIT = 6;
  private static final int TCP_NEW_SYN_RECV = 12;

  /** All states but those in which a socket belongs to the kernel alone. */
  private static final int TCP_STATES =
      ~(1 << TCP_SYN_RECV | 1 << TCP_TIME_WAIT | 1 << TCP_NEW_SYN_RECV);

  private InetDiag() {}

  static ByteBuffer dumpRequest(int family, int protocol) {
    ByteBuffer request = request(family, protocol, NetlinkSocket.NLM_F_DUMP);
    request.putInt(protocol == Protocol.TCP ? TCP_STATES : ~0);
    return request;
  }

  /** Requests the sockets of one local port. */
  static ByteBuffer portDumpRequest(int family, int protocol, int port) {
    ByteBuffer request = dumpRequest(family, protocol);
    int id = request.position();
    request.order(ByteOrder.BIG_ENDIAN).putShort(id + ID_SPORT, (short) port);
    return request.order(ByteOrder.nativeOrder());
  }

  /**
   * Requests the TCP sockets of both families in one dump, which only the older struct
   * inet_diag_req supports. The kernel walks its whole hash table for each dump.
   */
  static ByteBuffer tcpDumpRequest() {
    return tcpDumpRequest(TCP_STATES);
  }

  /** Requests no state, to find out whether the kernel supports {@link #tcpDumpRequest()}. */
  static ByteBuffer tcpDumpProbe() {
    return tcpDumpRequest(0);
  }

  private static ByteBuffer tcpDumpRequest(int states) {
    ByteBuffer request =
        NetlinkSocket.request(TCPDIAG_GETSOCK, NetlinkSocket.NLM_F_DUMP, TCP_REQUEST_BYTES);
    return request.putInt(request.position() + TCP_STATES_OFFSET, states);
  }

  /**
   * Requests the socket that receives packets of a five-tuple, by the kernel's own lookup. For UDP
   * that lookup expects the addresses of an arriving packet, so source and destination swap.
   */
  static ByteBuffer findRequest(Miss miss) {
    SocketKey key = miss.key();
    boolean v4 = IpAddress.isMapped(key.localHigh(), key.localLow());
    ByteBuffer request = request(v4 ? AF_INET : AF_INET6, key.protocol(), 0);
    request.putInt(~0);
    request.order(ByteOrder.BIG_ENDIAN);
    boolean arriving = key.protocol() != Protocol.TCP;
    if (arriving) {
      request.putShort((short) key.remotePort()).putShort((short) key.localPort());
      putAddress(request, v4, key.remoteHigh(), key.remoteLow());
      putAddress(request, v4, key.localHigh(), key.localLow());
    } else {
      request.putShort((short) key.localPort()).putShort((short) key.remotePort());
      putAddress(request, v4, key.localHigh(), key.localLow());
      putAddress(request, v4, key.remoteHigh(), key.remoteLow());
    }
    request.order(ByteOrder.nativeOrder()).putInt(miss.interfaceIndex());
    request.putLong(NO_COOKIE);
    return request;
  }

  private static ByteBuffer request(int family, int protocol, int flags) {
    ByteBuffer request = NetlinkSocket.request(SOCK_DIAG_BY_FAMILY, flags, REQUEST_BYTES);
    return request.put((byte) family).put((byte) protocol).putShort((short) 0);
  }

  private static void putAddress(ByteBuffer request, boolean v4, long high, long low) {
    if (v4) {
      request.putInt((int) low).putInt(0).putLong(0);
    } else {
      request.putLong(high).putLong(low);
    }
  }

  /** Parses the socket of an answer or an event; empty if the message is too short. */
  static Optional<KernelSocket> parse(int protocol, ByteBuffer message) {
    if (message.limit() < MESSAGE_BYTES) {
      return Optional.empty();
    }
    int family = message.get(0);
    if (family != AF_INET && family != AF_INET6) {
      return Optional.empty();
    }
    ByteBuffer wire = message.duplicate().order(ByteOrder.BIG_ENDIAN);
    int localPort = Short.toUnsignedInt(wire.getShort(ID + ID_SPORT));
    int remotePort = Short.toUnsignedInt(wire.getShort(ID + ID_DPORT));
    boolean v4 = family == AF_INET;
    long localHigh = v4 ? 0 : wire.getLong(ID + ID_SRC);
    long localLow =
        v4 ? IpAddress.mapped(wire.getInt(ID + ID_SRC)) : wire.getLong(ID + ID_SRC + Long.BYTES);
    boolean connected =
        remotePort != 0 && !(protocol == Protocol.TCP && message.get(STATE) == TCP_LISTEN);
    long remoteHigh = v4 || !connected ? 0 : wire.getLong(ID + ID_DST);
    long remoteLow = 0;
    if (connected) {
      remoteLow =
          v4 ? IpAddress.mapped(wire.getInt(ID + ID_DST)) : wire.getLong(ID + ID_DST + Long.BYTES);
    }
    SocketKey key =
        protocol == IPPROTO_RAW
            ? new SocketKey(localPort, localHigh, localLow, 0, remoteHigh, remoteLow, 0)
            : new SocketKey(
                protocol,
                localHigh,
                localLow,
                localPort,
                remoteHigh,
                remoteLow,
                connected ? remotePort : 0);
    boolean onDevice = protocol == Protocol.UDP || protocol == Protocol.UDPLITE;
    return Optional.of(
        new KernelSocket(
            onDevice ? key.on(message.getInt(ID + ID_IF)) : key,
            Integer.toUnsignedLong(message.getInt(INODE)),
            message.getLong(ID + ID_COOKIE),
            byteAttribute(message, INET_DIAG_SKV6ONLY) != 0,
            message.getInt(UID)));
  }

  /** Parses the socket of a destroy event, which unlike an answer names its protocol. */
  static Optional<KernelSocket> parseEvent(ByteBuffer message) {
    int protocol = byteAttribute(message, INET_DIAG_PROTOCOL);
    return protocol == 0 ? Optional.empty() : parse(protocol, message);
  }

  /** A one-byte attribute, 0 if it is absent. */
  private static int byteAttribute(ByteBuffer message, int type) {
    if (message.limit() > MESSAGE_BYTES) {
      NetlinkAttributes attributes = new NetlinkAttributes(message, MESSAGE_BYTES);
      while (attributes.next()) {
        if (attributes.type() == type && attributes.valueLength() >= 1) {
          return Byte.toUnsignedInt(message.get(attributes.valueAt()));
        }
      }
    }
    return 0;
  }
}
