package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class PacketDiagTest {
  /** SOCK_RAW of ETH_P_ALL, inode 4711, cookie 5. */
  private static final String SOCKET = "11030003" + "67120000" + "0500000000000000";

  /** A struct packet_diag_ring of 28 bytes; its values are not read. */
  private static final String RING = "00".repeat(28);

  private static final String RX_RING = "20000200" + RING;
  private static final String TX_RING = "20000300" + RING;

  @Test
  void shouldSkipSniffersAmongPacketSockets() {
    KernelSocket sender = PacketDiag.parseSender(message(SOCKET)).orElseThrow();
    assertEquals(4711, sender.inode());
    assertEquals(5, sender.cookie());

    assertTrue(PacketDiag.parseSender(message(SOCKET + TX_RING)).isPresent());
    assertTrue(PacketDiag.parseSender(message(SOCKET + RX_RING + TX_RING)).isPresent());
    assertFalse(PacketDiag.parseSender(message(SOCKET + RX_RING)).isPresent());
  }

  @Test
  void shouldParseNothingFromATruncatedMessage() {
    for (int length = 0; length < SOCKET.length(); length += 2) {
      assertFalse(PacketDiag.parseSender(message(SOCKET.substring(0, length))).isPresent());
    }
  }

  private static ByteBuffer message(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
