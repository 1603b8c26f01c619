package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs against this machine's kernel with sock_diag(7), which needs no privilege. */
@Timeout(20)
class NetlinkSocketTest {
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int AF_INET = 2;
  private static final int REQUEST_BYTES = 56;
  private static final int TCP = 6;
  private static final int NO_PROTOCOL = 254;
  private static final int NLM_F_ACK = 4;

  private NetlinkSocket netlink;

  @BeforeEach
  void open() throws NativeIoException {
    netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG);
  }

  @AfterEach
  void close() {
    netlink.close();
  }

  private static ByteBuffer request(int flags, int protocol) {
    ByteBuffer request = NetlinkSocket.request(SOCK_DIAG_BY_FAMILY, flags, REQUEST_BYTES);
    return request.put((byte) AF_INET).put((byte) protocol).putShort((short) 0).putInt(~0);
  }

  private boolean dump(int protocol) throws NativeIoException {
    return netlink.exchange(request(NetlinkSocket.NLM_F_DUMP, protocol), "dump", (t, p) -> {});
  }

  @Test
  void shouldWriteTheHeaderOfARequest() {
    ByteBuffer request = NetlinkSocket.request(20, NLM_F_ACK, 8);

    assertEquals(24, request.capacity());
    assertEquals(24, request.getInt(0));
    assertEquals(20, request.getShort(4));
    assertEquals(1 | 4, request.getShort(6));
    assertEquals(NetlinkSocket.HEADER_BYTES, request.position());
  }

  @Test
  void shouldPassOnEveryMessageOfADump() throws NativeIoException {
    Set<Integer> types = new HashSet<>();
    // A dump of the links has at least one message, since every namespace has a loopback.
    try (NetlinkSocket route = NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE)) {
      ByteBuffer request = NetlinkSocket.request(18, NetlinkSocket.NLM_F_DUMP, 16);
      assertTrue(
          route.exchange(
              request,
              "links",
              (type, payload) -> {
                types.add(type);
                assertTrue(payload.limit() >= 16);
                assertEquals(0, payload.position());
              }));
    }
    assertEquals(Set.of(16), types);
  }

  @Test
  void shouldFailWithTheErrorAtTheEndOfADump() {
    NativeIoException e = assertThrows(NativeIoException.class, () -> dump(NO_PROTOCOL));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.getMessage().startsWith("dump: "), e.getMessage());
  }

  @Test
  void shouldFailWithTheErrorOfAnAnswer() {
    NativeIoException e =
        assertThrows(
            NativeIoException.class,
            () -> netlink.exchange(request(0, NO_PROTOCOL), "lookup", (t, p) -> {}));
    assertEquals(Errno.ENOENT, e.errno());
  }

  @Test
  void shouldWorkAfterAFailure() throws NativeIoException {
    assertThrows(NativeIoException.class, () -> dump(NO_PROTOCOL));
    dump(TCP);
    assertThrows(NativeIoException.class, () -> dump(NO_PROTOCOL));
  }

  @Test
  void shouldHaveNoEventsWithoutAGroup() throws NativeIoException {
    assertEquals(0, netlink.drainEvents((type, payload) -> {}));
    try (Poller poller = Poller.open()) {
      poller.add(netlink, 0);
      assertEquals(0, poller.await(0));
    }
  }

  @Test
  void shouldNameTheGroupThatDoesNotExist() {
    NativeIoException e = assertThrows(NativeIoException.class, () -> netlink.join(9999));
    assertTrue(e.getMessage().contains("netlink group 9999"), e.getMessage());
  }
}
