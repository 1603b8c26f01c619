package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs against this machine's kernel with netlink sockets, which need no privilege. */
@Timeout(20)
class PollerTest {
  private static final int RTM_GETLINK = 18;
  private static final int FOREVER = -1;

  private Poller poller;
  private NetlinkSocket first;
  private NetlinkSocket second;

  @BeforeEach
  void open() throws NativeIoException {
    poller = Poller.open();
    first = NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE);
    second = NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE);
  }

  @AfterEach
  void close() {
    second.close();
    first.close();
    poller.close();
  }

  /** Makes a socket ready: sends a request whose answer is left unread. */
  private static void fill(NetlinkSocket socket) throws NativeIoException {
    ByteBuffer request = NetlinkSocket.request(RTM_GETLINK, NetlinkSocket.NLM_F_DUMP, 16);
    byte[] bytes = new byte[request.capacity()];
    request.get(0, bytes);
    assertEquals(bytes.length, LibC.send(socket.descriptors().get(0).fd(), bytes, bytes.length, 0));
  }

  @Test
  void shouldReturnTheTokenOfAReadySource() throws NativeIoException {
    poller.add(first, 3);
    poller.add(second, 7);
    fill(second);

    assertEquals(1, poller.await(FOREVER));
    assertEquals(7, poller.token(0));
  }

  @Test
  void shouldReportASourceAgainUntilItIsRead() throws NativeIoException {
    poller.add(first, 1);
    fill(first);
    poller.await(FOREVER);

    assertEquals(1, poller.await(FOREVER));
    assertTrue(first.drainEvents((type, payload) -> {}) > 0);
    assertEquals(0, poller.await(0));
  }

  @Test
  void shouldReportATokenOnce() throws NativeIoException {
    poller.add(first, 5);
    poller.add(second, 5);
    fill(first);
    fill(second);

    assertEquals(1, poller.await(FOREVER));
    assertEquals(5, poller.token(0));
  }

  @Test
  void shouldNotReportARemovedSource() throws NativeIoException {
    poller.add(first, 1);
    fill(first);
    poller.remove(first);

    assertEquals(0, poller.await(0));
  }

  @Test
  void shouldForgetAClosedSource() throws NativeIoException {
    poller.add(first, 1);
    fill(first);
    first.close();

    assertEquals(0, poller.await(0));
  }

  @Test
  void shouldWakeAWaitingThread() throws Exception {
    CompletableFuture<Integer> ready = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                ready.complete(poller.await(FOREVER));
              } catch (NativeIoException e) {
                ready.completeExceptionally(e);
              }
            });
    waiting.start();
    poller.wake();

    assertEquals(0, ready.get(10, TimeUnit.SECONDS));
    waiting.join();
  }

  @Test
  void shouldEndOnlyOneWaitAfterSeveralWakeUps() throws NativeIoException {
    poller.add(first, 1);
    poller.wake();
    poller.wake();

    assertEquals(0, poller.await(FOREVER));
    fill(first);
    assertEquals(1, poller.await(FOREVER));
    poller.wake();
    first.drainEvents((type, payload) -> {});
    assertEquals(0, poller.await(FOREVER));
  }

  @Test
  void shouldIgnoreAWakeUpAfterClose() {
    poller.close();
    poller.wake();
    poller.close();
  }

  @Test
  void shouldRefuseANegativeToken() {
    assertThrows(IllegalArgumentException.class, () -> poller.add(first, -1));
  }
}
