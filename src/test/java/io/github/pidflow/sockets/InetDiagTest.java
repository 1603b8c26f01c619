package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(10)
class InetDiagTest {
  private static final int MESSAGE_BYTES = 72;
  private static final int IPPROTO_RAW = 255;
  private static final String ZEROS_12 = "0".repeat(24);

  private static List<RecordedSocket> recorded() {
    return RecordedSocket.ALL;
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void shouldParseRecordedMessages(RecordedSocket recorded) {
    ByteBuffer message = recorded.message(recorded.length());
    assertEquals(Optional.of(recorded.socket()), InetDiag.parse(recorded.protocol(), message));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void shouldParseNothingBeyondATruncatedMessage(RecordedSocket recorded) {
    KernelSocket whole = recorded.socket();
    KernelSocket bare = new KernelSocket(whole.key(), whole.inode(), whole.cookie(), false);
    for (int length = 0; length < recorded.length(); length++) {
      ByteBuffer message = recorded.message(length);
      Optional<KernelSocket> socket = InetDiag.parse(recorded.protocol(), message);
      boolean told = length >= MESSAGE_BYTES + 8 + 5;
      assertEquals(
          length < MESSAGE_BYTES ? Optional.empty() : Optional.of(told ? whole : bare), socket);
    }
  }

  @Test
  void shouldTakeTheProtocolOfAnEventFromItsAttribute() {
    for (RecordedSocket event :
        List.of(RecordedSocket.UDP6_DESTROYED, RecordedSocket.TCP4_DESTROYED)) {
      int needed = event.length() - 3;
      for (int length = 0; length <= event.length(); length++) {
        Optional<KernelSocket> expected =
            length < needed ? Optional.empty() : Optional.of(event.socket());
        assertEquals(expected, InetDiag.parseEvent(event.message(length)));
      }
    }
  }

  @Test
  void shouldReadTheProtocolOfARawSocketFromItsPort() {
    byte[] bytes = RecordedSocket.UDP4_BOUND.bytes();
    bytes[4] = 0;
    bytes[5] = 89;
    KernelSocket socket =
        InetDiag.parse(IPPROTO_RAW, RecordedSocket.message(bytes, bytes.length)).orElseThrow();
    assertEquals(SocketKeys.bound(89, "0.0.0.0", 0), socket.key());
  }

  @Test
  void shouldRefuseOtherFamilies() {
    byte[] bytes = RecordedSocket.TCP4.bytes();
    bytes[0] = 1;
    assertEquals(
        Optional.empty(),
        InetDiag.parse(Protocol.TCP, RecordedSocket.message(bytes, bytes.length)));
  }

  @Test
  void shouldSwapTheAddressesOfADatagramLookup() {
    byte[] tcp = id(SocketKeys.connected(Protocol.TCP, "10.0.0.1", 0x1234, "10.0.0.2", 0xfedc));
    byte[] udp = id(SocketKeys.connected(Protocol.UDP, "10.0.0.2", 0xfedc, "10.0.0.1", 0x1234));
    String hex = "1234fedc" + "0a000001" + ZEROS_12 + "0a000002" + ZEROS_12;
    assertArrayEquals(HexFormat.of().parseHex(hex), tcp);
    assertArrayEquals(tcp, udp);
  }

  /** Returns the ports and addresses of a request and checks its other fields. */
  private static byte[] id(SocketKey key) {
    ByteBuffer request = InetDiag.findRequest(new Miss(key, 9));
    int payload = NetlinkSocket.HEADER_BYTES;
    assertEquals(request.capacity(), request.position());
    assertEquals(payload + 56, request.getInt(0));
    assertEquals(InetDiag.AF_INET, request.get(payload));
    assertEquals(key.protocol(), request.get(payload + 1));
    assertEquals(9, request.getInt(payload + 44));
    assertEquals(-1, request.getLong(payload + 48));
    byte[] id = new byte[36];
    request.get(payload + 8, id);
    return id;
  }
}
