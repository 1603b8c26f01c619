package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Script;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A sequence of processes takes the same five-tuple, each as soon as the one before has left it.
 */
@Timeout(120)
class ReuseIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int IP_AND_UDP_BYTES = 28;

  private static final int PROCESSES = 12;
  private static final int UDP_STEP_BYTES = 100;
  private static final int TCP_STEP_BYTES = 600;

  @Test
  void shouldAttributeEachDatagramToItsOwnerAtThatTime() throws InterruptedException {
    PeerSocket sink = remote.peer("far").udp(StandardProtocolFamily.INET);
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Map<Long, Integer> sent = sendFromOnePort("udp", sink.port(), UDP_STEP_BYTES);

      awaitTx(daemon, sent, (bytes, counted) -> counted == bytes + IP_AND_UDP_BYTES);
    }
  }

  @Test
  void shouldAttributeEachConnectionToItsOwnerAtThatTime() throws InterruptedException {
    PeerSocket listener = remote.peer("far").listen(StandardProtocolFamily.INET);
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Map<Long, Integer> sent = sendFromOnePort("tcp", listener.port(), TCP_STEP_BYTES);

      // Headers, SYN and RST add less than the difference between two processes' bytes.
      awaitTx(
          daemon, sent, (bytes, counted) -> counted > bytes && counted < bytes + TCP_STEP_BYTES);
    }
  }

  /** Bytes by pid. */
  private Map<Long, Integer> sendFromOnePort(String protocol, int remotePort, int step)
      throws InterruptedException {
    int port = host.unusedPort();
    String to = link.b4().getHostAddress();
    Map<Long, Integer> sent = new HashMap<>();
    for (int i = 1; i <= PROCESSES; i++) {
      int bytes = step * i;
      Process sender =
          host.start(
              new ProcessBuilder(
                  Script.command("reusing_client.py", protocol, port, to, remotePort, bytes)));
      assertEquals(0, sender.waitFor());
      sent.put(sender.pid(), bytes);
    }
    return sent;
  }

  private static void awaitTx(
      Daemon daemon, Map<Long, Integer> sent, BiPredicate<Integer, Long> isRight) {
    daemon.await(
        "tx of " + sent,
        LIMIT,
        page ->
            sent.entrySet().stream()
                .allMatch(each -> isRight.test(each.getValue(), page.process(each.getKey()).tx())));
  }
}
