package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKeys;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages in little endian, as x86 and arm64 have them. */
@Timeout(10)
class ConntrackMessageTest {
  private static final String ORIGINAL =
      "34000180"
          + "14000180"
          + "080001007f000001"
          + "080002007f000001"
          + "1c000280"
          + "0500010006000000"
          + "0600020013880000"
          + "060003001f900000";
  private static final String REPLY =
      "34000280"
          + "14000180"
          + "080001007f000001"
          + "080002007f000001"
          + "1c000280"
          + "0500010006000000"
          + "060002000c380000"
          + "0600030013880000";
  private static final String HEADER = "02000000";
  private static final String STATUS = "08000300000001ae";

  private static ByteBuffer message(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void shouldParseBothTuples() {
    assertEquals(
        Optional.of(
            new ConntrackEntry(
                SocketKeys.connected(Protocol.TCP, "127.0.0.1", 5000, "127.0.0.1", 8080).in(3),
                SocketKeys.connected(Protocol.TCP, "127.0.0.1", 3128, "127.0.0.1", 5000).in(3))),
        ConntrackMessage.parse(message(HEADER + ORIGINAL + REPLY + STATUS), 3));
  }

  @Test
  void shouldParseEchoesOfIpv6() {
    String near = "fd000000000000000000000000000001";
    String far = "fd000000000000000000000000000002";
    String ports =
        "24000280"
            + "050001003a000000"
            + "0600070000090000"
            + "0500080080000000"
            + "0500090000000000";
    String addresses = "2c000180" + "14000300" + near + "14000400" + far;
    String back = "2c000180" + "14000300" + far + "14000400" + near;
    ConntrackEntry entry =
        ConntrackMessage.parse(
                message("0a000000" + "54000180" + addresses + ports + "54000280" + back + ports), 0)
            .orElseThrow();

    assertEquals(
        SocketKeys.connected(Protocol.ICMPV6, "fd00::1", 9, "fd00::2", 0), entry.original());
    assertEquals(false, entry.isTranslated());
  }

  @Test
  void shouldSkipIncompleteEntries() {
    assertEquals(Optional.empty(), ConntrackMessage.parse(message(""), 0));
    assertEquals(Optional.empty(), ConntrackMessage.parse(message(HEADER + ORIGINAL), 0));
    String cut = "14000280" + "10000180" + "080001007f000001" + "08000200";
    assertEquals(Optional.empty(), ConntrackMessage.parse(message(HEADER + ORIGINAL + cut), 0));
  }

  @Test
  void shouldRequestATuple() {
    ByteBuffer request =
        ConntrackMessage.findRequest(
            SocketKeys.connected(Protocol.TCP, "127.0.0.1", 5000, "127.0.0.1", 8080));
    byte[] payload = new byte[request.capacity() - 16];
    request.get(16, payload);
    if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
      assertEquals(HEADER + ORIGINAL, HexFormat.of().formatHex(payload));
    }
    assertEquals(request.capacity(), request.position());
  }
}
