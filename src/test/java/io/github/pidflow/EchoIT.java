package io.github.pidflow;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Traffic;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pings from a raw socket, as root sends them, and from a datagram socket, as ping(8) does today.
 */
@Timeout(120)
class EchoIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int ECHOES = 150;
  private static final long ECHO_BYTES = 8 + 56;

  @BeforeEach
  void build() {
    host.sysctl("net/ipv4/ping_group_range", "\"0 2147483647\"");
  }

  @ParameterizedTest
  @CsvSource({"ping-raw, 4", "ping-raw, 6", "ping-datagram, 4", "ping-datagram, 6"})
  void shouldAttributeEchoesInBothDirections(String program, int version) throws Exception {
    try (Daemon daemon = Daemon.start(host, "ring")) {
      int identifier = 4242;
      Traffic traffic =
          Traffic.start(host, program, version == 4 ? link.b4() : link.b6(), identifier);
      traffic.finish();

      long each = ECHO_BYTES + (version == 4 ? 20 : 40);
      Moved wanted = new Moved(ECHOES * each, ECHOES * each);
      daemon.await(
          program + " " + wanted, LIMIT, page -> page.process(traffic.pid()).equals(wanted));
    }
  }

  @ParameterizedTest
  @CsvSource({"ping-raw, 4", "ping-raw, 6", "ping-datagram, 4", "ping-datagram, 6"})
  void shouldAttributeEachOfTwoSimultaneousPings(String other, int version) throws Exception {
    try (Daemon daemon = Daemon.start(host, "ring")) {
      InetAddress peer = version == 4 ? link.b4() : link.b6();
      Traffic one = Traffic.start(host, "ping-raw", peer, 4242);
      Traffic two = Traffic.start(host, other, peer, 4343);
      one.finish();
      two.finish();

      long each = ECHO_BYTES + (version == 4 ? 20 : 40);
      Moved wanted = new Moved(ECHOES * each, ECHOES * each);
      daemon.await(
          "ping-raw and " + other + ": each " + wanted,
          LIMIT,
          page -> page.process(one.pid()).equals(wanted) && page.process(two.pid()).equals(wanted));
    }
  }
}
