package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Bridge;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LabTest;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One daemon counts for the processes of every network namespace, each byte once per process. */
@Timeout(120)
class NamespacesIT extends LabTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Well below the time between two scans. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final String ALL = "pidflow.namespaces = all";

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeContainerTrafficBehindABridgeOnce(String engine) {
    Bridge bridge = lab.bridge();
    Peer local = bridge.host().peer("local");
    Peer peer1 = bridge.guest1().peer("guest1");
    Peer peer2 = bridge.guest2().peer("guest2");
    try (Daemon daemon = Daemon.start(bridge.host(), engine, ALL);
        Oracle oracle = Oracle.start(bridge.host(), "br0");
        Oracle oracle1 = Oracle.start(bridge.guest1(), "any");
        Oracle oracle2 = Oracle.start(bridge.guest2(), "any")) {
      Audit.assertConservedUntil(
          daemon,
          List.of(
              Connection.open(local, peer1, INET, bridge.address1()).upload(2_000_000),
              Connection.open(peer2, local, INET, bridge.hostAddress()).upload(1_000_000),
              Connection.open(peer1, peer2, INET, bridge.address2()).upload(1_500_000)));

      Audit.assertCredited(daemon, oracle, local);
      Audit.assertCredited(daemon, oracle1, peer1);
      Audit.assertCredited(daemon, oracle2, peer2);
      assertTrue(daemon.page().process(peer1.pid()).tx() > 1_500_000);
    }
  }

  @Test
  void shouldDistinguishTheSameFiveTupleInTwoNamespaces() {
    Node one = lab.node();
    Node other = lab.node();
    Peer first = one.peer("first");
    Peer second = other.peer("second");
    try (Daemon daemon = Daemon.start(one, "ring", ALL);
        Oracle oracle = Oracle.start(one, "lo");
        Oracle otherOracle = Oracle.start(other, "lo")) {
      // Every node hands out the same ports, and both nodes talk to themselves.
      InetAddress self = InetAddress.getLoopbackAddress();
      Connection here = Connection.open(first, first, INET, self);
      Connection there = Connection.open(second, second, INET, self);
      Audit.assertConservedUntil(daemon, List.of(here.upload(700_000), there.upload(300_000)));

      Audit.assertCredited(daemon, oracle, first);
      Audit.assertCredited(daemon, otherOracle, second);
    }
  }

  @Test
  void shouldFindANewContainerAndReleaseItAfterItsEnd() throws Exception {
    Node host = lab.node();
    try (Daemon daemon = Daemon.start(host, "ring", ALL)) {
      Audit.settled(daemon, page -> descriptors(daemon));
      long before = descriptors(daemon);
      Node guest = lab.node();
      Link link = lab.link(host, guest);
      Peer local = host.peer("local");
      Peer inside = guest.peer("inside");
      try (Oracle oracle = Oracle.start(guest, "any")) {
        Audit.assertConservedUntil(
            daemon,
            List.of(
                Connection.open(inside, local, INET, link.a4()).upload(800_000),
                Connection.open(local, inside, INET6, link.b6()).upload(600_000)));
        Audit.assertCredited(daemon, oracle, inside);
      }
      inside.kill();
      local.kill();
      daemon.await("its descriptors closed", LIMIT, page -> descriptors(daemon) <= before);
    }
  }

  /**
   * A namespace that exists for two seconds, with five processes that live for a millisecond each.
   */
  @Test
  void shouldAttributeEveryProcessOfAShortLivedContainer() throws Exception {
    Node host = lab.node();
    try (Daemon daemon = Daemon.start(host, "ring", ALL)) {
      String send =
          "for i in 1 2 3 4 5; do bash -c 'echo $$; printf 12345 > /dev/udp/127.0.0.1/9'; done";
      Process container =
          host.start(
              new ProcessBuilder(
                  "unshare",
                  "-n",
                  "sh",
                  "-c",
                  "ip link set lo up; sleep 1; " + send + "; sleep 1"));
      List<Long> pids = new ArrayList<>();
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(container.getInputStream(), StandardCharsets.US_ASCII))) {
        out.lines().forEach(line -> pids.add(Long.parseLong(line)));
      }
      assertEquals(0, container.waitFor());
      assertEquals(5, pids.size());

      MetricsPage page =
          daemon.await(
              "33 bytes of each of " + pids,
              LIMIT,
              one -> pids.stream().allMatch(pid -> one.process(pid).tx() == 33));
      page.assertConserved();
    }
  }

  /** The last process to enter a namespace has ended, the first one stays. */
  @Test
  void shouldFindANamespaceThatOthersPassThrough() throws Exception {
    Node host = lab.node();
    try (Daemon daemon = Daemon.start(host, "ring", ALL)) {
      String daemonPid = Long.toString(daemon.pid());
      host.run("kill", "-STOP", daemonPid);
      String send = "while read n; do printf '%*s' $n x > /dev/udp/127.0.0.1/9; echo sent; done";
      Process resident =
          host.start(
              new ProcessBuilder(
                  "unshare", "-n", "bash", "-c", "ip link set lo up; echo up; " + send));
      long pid = resident.pid();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(resident.getInputStream(), StandardCharsets.US_ASCII));
      assertEquals("up", out.readLine());
      for (int i = 0; i < 3; i++) {
        host.run("nsenter", "--target", Long.toString(pid), "--net", "true");
      }
      host.run("kill", "-CONT", daemonPid);

      daemon.await(
          "the namespace noticed",
          SOON,
          page -> {
            send(resident, out, 1);
            return page.process(pid).tx() > 0;
          });
      long before = Audit.settled(daemon, page -> page.process(pid).tx());
      send(resident, out, 1000);
      daemon.await("1028 more", LIMIT, page -> page.process(pid).tx() == before + 1028);
    }
  }

  private static void send(Process sender, BufferedReader out, int bytes) {
    try {
      sender.getOutputStream().write((bytes + "\n").getBytes(StandardCharsets.US_ASCII));
      sender.getOutputStream().flush();
      assertEquals("sent", out.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldIgnoreOtherNamespacesWhenDisabled() {
    Node host = lab.node();
    Node guest = lab.node();
    Link link = lab.link(host, guest);
    Peer local = host.peer("local");
    Peer inside = guest.peer("inside");
    try (Daemon daemon = Daemon.start(host, "ring", "pidflow.namespaces = host");
        Oracle oracle = Oracle.start(host, "any")) {
      Audit.assertConservedUntil(
          daemon, List.of(Connection.open(inside, local, INET, link.a4()).upload(500_000)));
      Audit.assertCredited(daemon, oracle, local);
      assertEquals(0, daemon.page().process(inside.pid()).tx());
    }
  }

  private static long descriptors(Daemon daemon) {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
      return open.count();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
