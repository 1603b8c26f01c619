package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The error of sampled counters, and when sampling starts. */
@Timeout(180)
class SamplingIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int DATAGRAMS = 200_000;
  private static final int IP_BYTES = 28 + 100;

  @ParameterizedTest
  @CsvSource({"ring, 10", "ring, 100", "libpcap, 10", "libpcap, 100"})
  void shouldEstimateWithinSixSigma(String engine, int oneIn) throws Exception {
    Peer sender = host.peer("sender");
    PeerSocket in = remote.peer("far").udp(INET);
    try (Daemon daemon =
        Daemon.start(
            host,
            engine,
            "pidflow.sampling.ratio = 1/" + oneIn,
            "pidflow.capture.libpcap.buffer-size = 64MiB")) {
      PeerSocket out = sender.udp(INET);
      long sent = out.sendDatagrams(DATAGRAMS, 100, link.b4(), in.port()).get();
      assertEquals(100L * DATAGRAMS, sent);

      MetricsPage page = awaitRest(daemon, sender);
      String pid = Long.toString(sender.pid());
      long packets = page.sum("pidflow_packets_total", "pid", pid, "direction", "tx");
      double sigma = Math.sqrt((double) DATAGRAMS * (oneIn - 1));
      System.out.printf(
          "%s, 1 in %d: %d packets counted as %d, %+.2f%%, %+.2f sigma%n",
          engine,
          oneIn,
          DATAGRAMS,
          packets,
          100.0 * (packets - DATAGRAMS) / DATAGRAMS,
          (packets - DATAGRAMS) / sigma);
      assertEquals(0, page.sum("pidflow_capture_dropped_packets_total"));
      assertEquals(0, packets % oneIn);
      assertEquals(packets * IP_BYTES, page.process(sender.pid()).tx());
      assertTrue(Math.abs(packets - DATAGRAMS) < 6 * sigma, packets + " packets");
      assertEquals(1.0 / oneIn, ratio(page));
    }
  }

  @Test
  void shouldSampleUnderLoadAndStopAfterwards() throws Exception {
    Peer sender = host.peer("sender");
    try (Daemon daemon = Daemon.start(host, "ring", "pidflow.sampling.max-cpu = 0.02")) {
      PeerSocket in = host.peer("receiver").udp(INET);
      PeerSocket out = sender.udp(INET);
      InetAddress here = InetAddress.getLoopbackAddress();
      CompletableFuture<Long> sending = out.sendDatagrams(3_000_000, 10, here, in.port());
      daemon.await("a sample", LIMIT, page -> ratio(page) < 1);
      sending.get();
      daemon.await("every packet again", LIMIT, page -> ratio(page) == 1);

      assertTrue(daemon.log().contains("counting one packet in"), daemon::log);
      assertTrue(daemon.log().contains("counting every packet again"), daemon::log);
    }
  }

  /**
   * Waits until two successive scrapes agree, much further apart than a packet stays in the ring.
   */
  private static MetricsPage awaitRest(Daemon daemon, Peer sender) {
    long[] before = {-1};
    return daemon.await(
        "no more to count",
        LIMIT,
        page -> {
          long now = page.process(sender.pid()).tx();
          boolean rests = now > 0 && now == before[0];
          before[0] = now;
          return rests;
        });
  }

  private static double ratio(MetricsPage page) {
    return page.series("pidflow_sampling_ratio").get(0).value();
  }
}
