package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Script;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One port that process after process binds as soon as the one before has left it. */
@Timeout(120)
class ReuseIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int IP_AND_UDP_BYTES = 28;

  private NetLab lab;
  private Node host;
  private Node remote;
  private Link link;

  @BeforeEach
  void build() {
    lab = NetLab.create();
    host = lab.node();
    remote = lab.node();
    link = lab.link(host, remote);
  }

  @AfterEach
  void clear() {
    lab.close();
  }

  @Test
  void shouldCreditEachDatagramToWhoHadThePortThen() throws InterruptedException {
    PeerSocket sink = remote.peer("far").udp(StandardProtocolFamily.INET);
    int port = host.unusedPort();
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Map<Long, Long> expected = new HashMap<>();
      for (int i = 0; i < 10; i++) {
        int bytes = 100 + 10 * i;
        String to = link.b4().getHostAddress();
        Process sender =
            host.start(
                new ProcessBuilder(
                    Script.command("reusing_client.py", "udp", port, to, sink.port(), bytes)));
        assertEquals(0, sender.waitFor());
        expected.put(sender.pid(), (long) bytes + IP_AND_UDP_BYTES);
      }

      daemon.await(
          "tx of " + expected,
          LIMIT,
          page ->
              expected.entrySet().stream()
                  .allMatch(each -> page.process(each.getKey()).tx() == each.getValue()));
    }
  }
}
