package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A packet that several devices show is counted once. */
@Timeout(120)
class SightingsIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldCountOnceWhatAnIfbShapes(String engine) {
    host.ip("link", "add", "ifb0", "type", "ifb");
    quiet("ifb0");
    tc("qdisc", "add", "dev", link.name(), "clsact");
    mirred("egress", "redirect", "ifb0");
    mirred("ingress", "redirect", "ifb0");

    assertCountedOnce(engine);
  }

  /** On a monitor port with an address of its own, and on one without. */
  @ParameterizedTest
  @CsvSource({"ring, false", "libpcap, false", "ring, true"})
  void shouldCountOnceWhatIsMirrored(String engine, boolean addressed) {
    host.ip(
        "link", "add", "mon0", "type", "veth", "peer", "name", "mon1", "netns", remote.namespace());
    quiet("mon0");
    remote.sysctl("net/ipv6/conf/mon1/disable_ipv6", "1");
    remote.ip("link", "set", "mon1", "up");
    if (addressed) {
      host.address("mon0", "10.99.0.1", 24);
    }
    tc("qdisc", "add", "dev", link.name(), "clsact");
    mirred("egress", "mirror", "mon0");
    mirred("ingress", "mirror", "mon0");

    assertCountedOnce(engine);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldCountABroadcastOnceThatMacvlansReceive(String engine) throws UnknownHostException {
    for (String name : List.of("mv0", "mv1")) {
      host.ip("link", "add", name, "link", link.name(), "type", "macvlan", "mode", "bridge");
      quiet(name);
      host.address(name, "10.98." + name.charAt(2) + ".1", 24);
    }
    InetAddress group = InetAddress.getByName("239.1.2.3");
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    PeerSocket in = near.udp(INET);
    for (String name : List.of(link.name(), "mv0", "mv1")) {
      in.join(group, name);
    }
    PeerSocket out = far.udp(INET);
    out.multicastThrough(link.name());
    try (Daemon daemon = Daemon.start(host, engine)) {
      Audit.assertReceived(in, out.sendDatagrams(40, 1000, group, in.port()), 40);
      daemon.await("40 datagrams", LIMIT, page -> page.process(near.pid()).rx() >= 40 * 1028);
      assertEquals(40 * 1028, Audit.settled(daemon, page -> page.process(near.pid()).rx()));
    }
  }

  private void assertCountedOnce(String engine) {
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, link.name())) {
      Audit.assertConservedUntil(
          daemon,
          List.of(
              Connection.open(near, far, INET, link.b4()).upload(2_000_000),
              Connection.open(far, near, INET, link.a4()).upload(1_000_000)));
      Audit.assertCredited(daemon, oracle, near);
      Moved moved = oracle.stop().of(near);
      assertTrue(moved.tx() > 2_000_000 && moved.rx() > 1_000_000);
      MetricsPage page = daemon.page();
      assertEquals(0, page.sum("pidflow_forwarded_bytes_total"), page.traffic());
      assertTrue(page.sum("pidflow_duplicate_bytes_total") > 2_000_000, page.traffic());
    }
  }

  /** Brings a device up that the kernel sends nothing on by itself. */
  private void quiet(String name) {
    host.sysctl("net/ipv6/conf/" + name + "/disable_ipv6", "1");
    host.ip("link", "set", name, "up");
  }

  private void mirred(String way, String action, String to) {
    tc(
        "filter",
        "add",
        "dev",
        link.name(),
        way,
        "protocol",
        "all",
        "u32",
        "match",
        "u32",
        "0",
        "0",
        "action",
        "mirred",
        "egress",
        action,
        "dev",
        to);
  }

  private void tc(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "tc";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    host.run(command);
  }
}
