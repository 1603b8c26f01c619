package io.github.pidflow;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Traffic;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames that processes write to packet sockets, past the IP stack. The processes live 30 ms each.
 */
@Timeout(120)
class PacketSocketIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PROCESSES = 4;
  private static final long BYTES = PROCESSES * 50L * 128;
  private static final String[] SETTINGS = {
    "pidflow.accounting.parked.max-age = 1s", "pidflow.namespaces = all"
  };

  @BeforeEach
  void speakOnlyWhenAsked() {
    // Else neighbour discovery sends through raw sockets of the kernel's.
    host.sysctl("net/ipv6/conf/" + link.name() + "/disable_ipv6", "1");
  }

  @Test
  void shouldAttributeFramesOfShortLivedProcesses() throws Exception {
    try (Daemon daemon = Daemon.start(host, "ring", SETTINGS)) {
      sendFrom(host, daemon);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void shouldNotBeMisledByAnotherPacketSocket(int forwarding) throws Exception {
    host.sysctl("net/ipv4/ip_forward", Integer.toString(forwarding));
    Traffic.serve(host, "packet-announce", link.b4(), 0);
    try (Daemon daemon = Daemon.start(host, "ring", SETTINGS)) {
      sendFrom(host, daemon);
    }
  }

  @Test
  void shouldAttributeFramesOfAnotherNamespace() throws Exception {
    Node elsewhere = lab.node();
    // The namespace is noticed while a process lives in it.
    Traffic.serve(host, "packet-announce", link.b4(), 0);
    try (Daemon daemon = Daemon.start(elsewhere, "ring", SETTINGS)) {
      sendFrom(host, daemon);
    }
  }

  private void sendFrom(Node node, Daemon daemon) throws Exception {
    boolean noticed = daemon.page().sum("pidflow_component_up", "component", "send-events") == 1;
    Assumptions.assumeTrue(noticed, "the kernel does not report sends");
    Traffic.start(node, "packet-bursts", link.b4(), PROCESSES).finish();
    MetricsPage page =
        daemon.await("tx " + BYTES + " of burst", LIMIT, each -> sent(each) == BYTES);
    page.assertConserved();
  }

  private static long sent(MetricsPage page) {
    return page.sum("pidflow_bytes_total", "comm", "burst", "direction", "tx");
  }
}
