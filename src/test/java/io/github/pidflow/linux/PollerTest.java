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

/** Against this machine's kernel, with netlink sockets, which need no privilege. */
@Timeout(20)
class PollerTest {
  private static final int RTM_GETLINK = 18;
  private static final int FOR_EVER = -1;

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

  /** Leaves an answer to be read. */
  private static void fill(NetlinkSocket socket) throws NativeIoException {
    ByteBuffer request = NetlinkSocket.request(RTM_GETLINK, NetlinkSocket.NLM_F_DUMP, 16);
    byte[] bytes = new byte[request.capacity()];
    request.get(0, bytes);
    assertEquals(bytes.length, LibC.send(socket.descriptors().get(0).fd(), bytes, bytes.length, 0));
  }

  @Test
  void shouldNameTheSourceThatIsReady() throws NativeIoException {
    poller.add(first, 3);
    poller.add(second, 7);
    fill(second);

    assertEquals(1, poller.await(FOR_EVER));
    assertEquals(7, poller.token(0));
  }

  @Test
  void shouldSayAgainWhatWasNotRead() throws NativeIoException {
    poller.add(first, 1);
    fill(first);
    poller.await(FOR_EVER);

    assertEquals(1, poller.await(FOR_EVER));
    assertTrue(first.drainEvents((type, payload) -> {}) > 0);
    assertEquals(0, poller.await(0));
  }

  @Test
  void shouldNameSourcesUnderOneTokenOnce() throws NativeIoException {
    poller.add(first, 5);
    poller.add(second, 5);
    fill(first);
    fill(second);

    assertEquals(1, poller.await(FOR_EVER));
    assertEquals(5, poller.token(0));
  }

  @Test
  void shouldNotWaitForWhatWasRemoved() throws NativeIoException {
    poller.add(first, 1);
    fill(first);
    poller.remove(first);

    assertEquals(0, poller.await(0));
  }

  @Test
  void shouldForgetWhatWasClosed() throws NativeIoException {
    poller.add(first, 1);
    fill(first);
    first.close();

    assertEquals(0, poller.await(0));
  }

  @Test
  void shouldWakeAThreadThatWaits() throws Exception {
    CompletableFuture<Integer> ready = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                ready.complete(poller.await(FOR_EVER));
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
  void shouldEndTheNextWaitOnceHoweverOftenItWasWoken() throws NativeIoException {
    poller.add(first, 1);
    poller.wake();
    poller.wake();

    assertEquals(0, poller.await(FOR_EVER));
    fill(first);
    assertEquals(1, poller.await(FOR_EVER));
    poller.wake();
    first.drainEvents((type, payload) -> {});
    assertEquals(0, poller.await(FOR_EVER));
  }

  @Test
  void shouldBearAWakeUpAfterItsEnd() {
    poller.close();
    poller.wake();
    poller.close();
  }

  @Test
  void shouldRefuseATokenOfItsOwn() {
    assertThrows(IllegalArgumentException.class, () -> poller.add(first, -1));
  }
}
