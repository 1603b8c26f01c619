package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Traffic;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Bytes that leave a process without send(2), for example by sendfile(2), are still attributed to
 * it.
 */
@Timeout(120)
class MovedBytesIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long PAYLOAD_BYTES = 8 << 20;

  private Peer far;

  @BeforeEach
  void build() {
    far = remote.peer("far");
  }

  @ParameterizedTest
  @CsvSource({
    "sendfile, 4", "splice, 4", "zerocopy, 4", "io-uring, 4",
    "sendfile, 6", "splice, 6", "zerocopy, 6", "io-uring, 6"
  })
  void shouldAttributeBytesMovedWithoutSend(String program, int version) throws Exception {
    InetAddress address = version == 4 ? link.b4() : link.b6();
    PeerSocket listener = far.listen(INET6);
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, "any")) {
      Traffic traffic = Traffic.start(host, program, address, listener.port());
      PeerSocket connection = listener.accept();
      Peer.finish(connection.receive(PAYLOAD_BYTES));
      connection.close();
      traffic.finish();

      var ledger = oracle.settled();
      Moved wanted =
          new Moved(
              ledger.sum(flow -> flow.sourcePort() == listener.port()),
              ledger.sum(flow -> flow.destinationPort() == listener.port()));
      assertTrue(wanted.tx() > PAYLOAD_BYTES, () -> "the oracle saw " + wanted);
      daemon.await(
          program + " " + wanted, LIMIT, page -> page.process(traffic.pid()).equals(wanted));
    }
  }
}
