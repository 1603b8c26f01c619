package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Receiver;
import io.github.pidflow.lab.Script;
import io.github.pidflow.lab.Traffic;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datagrams that the kernel fragments or merges, or that are sent and received in batches. */
@Timeout(120)
class UdpIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest
  @CsvSource({
    "batches, echo-datagrams, 4, 1440000",
    "batches, echo-datagrams, 6, 1440000",
    "segments, answer-segments, 4, 1800000",
    "segments, answer-segments, 6, 1800000",
    "converse-large, echo-datagrams, 4, 2400000",
    "converse-large, echo-datagrams, 6, 2400000"
  })
  void shouldAttributeClientAndServer(String client, String server, int version, long payloadBytes)
      throws Exception {
    InetAddress near = version == 4 ? link.a4() : link.a6();
    InetAddress far = version == 4 ? link.b4() : link.b6();
    int port = host.unusedPort();
    int servedPort = port + 1000;
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, "any")) {
      Traffic.serve(remote, server, far, port);
      Traffic served = Traffic.serve(host, server, near, servedPort);
      Traffic out = Traffic.start(host, client, far, port);
      Traffic in = Traffic.start(remote, client, near, servedPort);
      out.finish();
      in.finish();

      Moved sent = seen(oracle, port, true);
      Moved answered = seen(oracle, servedPort, false);
      assertTrue(sent.tx() > payloadBytes && sent.rx() > payloadBytes, sent::toString);
      assertTrue(answered.tx() > payloadBytes && answered.rx() > payloadBytes, answered::toString);
      daemon.await(
          client + " " + sent + ", " + server + " " + answered,
          LIMIT,
          page ->
              page.process(out.pid()).equals(sent) && page.process(served.pid()).equals(answered));
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 3068", "6, 3152"})
  void shouldAttributeFragmentsThatArriveBeforeTheFirst(int version, int bytesEach) {
    int datagrams = 20;
    InetAddress near = version == 4 ? link.a4() : link.a6();
    InetAddress far = version == 4 ? link.b4() : link.b6();
    int port = host.unusedPort();
    try (Receiver receiver = Receiver.start(host, "--family", version, "--port", port);
        Daemon daemon = Daemon.start(host, "ring")) {
      remote.run(
          Script.command(
              "fragments.py", far.getHostAddress(), near.getHostAddress(), port, datagrams));

      Moved wanted = new Moved((long) datagrams * bytesEach, 0);
      daemon.await(
          "receiver " + wanted, LIMIT, page -> page.process(receiver.pid()).equals(wanted));
    }
  }

  /** The traffic to and from a port of the far side, or of this one. */
  private static Moved seen(Oracle oracle, int port, boolean farPort) {
    var ledger = oracle.settled();
    long to = ledger.sum(flow -> flow.destinationPort() == port);
    long from = ledger.sum(flow -> flow.sourcePort() == port);
    return farPort ? new Moved(from, to) : new Moved(to, from);
  }
}
