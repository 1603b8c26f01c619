package io.github.pidflow.sockets;

import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.NetlinkAttributes;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The messages of sock_diag(7) for packet sockets (linux/packet_diag.h), in native order.
 *
 * <pre>
 * struct packet_diag_req           struct packet_diag_msg
 *  0 u8  sdiag_family               0 u8  pdiag_family
 *  1 u8  sdiag_protocol             1 u8  pdiag_type
 *  4 u32 pdiag_ino                  2 u16 pdiag_num
 *  8 u32 pdiag_show                 4 u32 pdiag_ino
 * 12 u32 pdiag_cookie[2]            8 u32 pdiag_cookie[2]
 * </pre>
 */
final class PacketDiag {
  private static final int AF_PACKET = 17;
  private static final int REQUEST_BYTES = 20;
  private static final int MESSAGE_BYTES = 16;
  private static final int INODE = 4;
  private static final int COOKIE = 8;
  private static final int PACKET_SHOW_RING_CFG = 4;
  private static final int PACKET_DIAG_RX_RING = 2;
  private static final int PACKET_DIAG_TX_RING = 3;

  /** Packet sockets have no address. */
  private static final SocketKey NO_ADDRESS = SocketKey.bound(0, 0, 0, 0);

  private PacketDiag() {}

  static ByteBuffer dumpRequest() {
    return NetlinkSocket.request(
            InetDiag.SOCK_DIAG_BY_FAMILY, NetlinkSocket.NLM_F_DUMP, REQUEST_BYTES)
        .put((byte) AF_PACKET)
        .put((byte) 0)
        .putShort((short) 0)
        .putInt(0)
        .putInt(PACKET_SHOW_RING_CFG)
        .putLong(InetDiag.NO_COOKIE);
  }

  /**
   * Parses the socket of an answer; empty if it only receives. A socket with a receive ring and no
   * transmit ring is a sniffer, as every user of libpcap is. A socket without rings, or with a
   * transmit ring, may send.
   */
  static Optional<KernelSocket> parseSender(ByteBuffer message) {
    if (message.limit() < MESSAGE_BYTES || message.get(0) != AF_PACKET) {
      return Optional.empty();
    }
    boolean receives = false;
    boolean sends = false;
    NetlinkAttributes attributes = new NetlinkAttributes(message, MESSAGE_BYTES);
    while (attributes.next()) {
      receives |= attributes.type() == PACKET_DIAG_RX_RING;
      sends |= attributes.type() == PACKET_DIAG_TX_RING;
    }
    return receives && !sends
        ? Optional.empty()
        : Optional.of(
            new KernelSocket(
                NO_ADDRESS,
                Integer.toUnsignedLong(message.getInt(INODE)),
                message.getLong(COOKIE),
                false));
  }
}
