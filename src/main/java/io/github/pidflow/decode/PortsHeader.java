package io.github.pidflow.decode;

import io.github.pidflow.flow.Protocol;
import java.nio.ByteBuffer;

/**
 * The ports, which TCP, UDP, UDP-Lite, SCTP and DCCP all have in the same place, and TCP's flags
 * (RFC 9293).
 *
 * <pre>
 *    0        2             4            12      13            14
 *   +--------+-------------+-- ... -----+-------+-------------+
 *   | source | destination |            |       |   A  ...  S |
 *   +--------+-------------+-- ... -----+-------+-------------+
 *                                                 TCP's flags
 * </pre>
 */
final class PortsHeader {
  static final int LENGTH = 4;

  static final int TCP_FLAGS_OFFSET = 13;
  static final int TCP_FLAGS_LENGTH = TCP_FLAGS_OFFSET + 1;

  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;

  private PortsHeader() {}

  static boolean isOf(int protocol) {
    return switch (protocol) {
      case Protocol.TCP, Protocol.UDP, Protocol.DCCP, Protocol.SCTP, Protocol.UDPLITE -> true;
      default -> false;
    };
  }

  /** Source and destination, 16 bits each. */
  static int ports(ByteBuffer buffer, int header) {
    return BigEndian.int32(buffer, header);
  }

  /** Whether the TCP flags have RST. */
  static boolean resetsConnection(ByteBuffer buffer, int header) {
    return (BigEndian.uint8(buffer, header + TCP_FLAGS_OFFSET) & RST) != 0;
  }

  /** Whether the TCP flags are SYN without ACK. */
  static boolean opensConnection(ByteBuffer buffer, int header) {
    return (BigEndian.uint8(buffer, header + TCP_FLAGS_OFFSET) & (SYN | ACK)) == SYN;
  }
}
