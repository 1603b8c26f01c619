package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Bridge;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Flow;
import io.github.pidflow.lab.Ledger;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Traffic;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes whose addresses NAT changes, on a host that does not forward. */
@Timeout(120)
class NatIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String PREROUTING = "prerouting priority dstnat";
  private static final String OUTPUT = "output priority -100";
  private static final String POSTROUTING = "postrouting priority srcnat";

  @BeforeEach
  void doNotForward() {
    host.sysctl("net/ipv4/ip_forward", "0");
    host.sysctl("net/ipv6/conf/all/forwarding", "0");
  }

  /** Adds a rule to a chain of the host's. */
  private static void nat(Node node, String hook, String rule) {
    node.run("nft", "add table inet pidflow");
    String chain = hook.substring(0, hook.indexOf(' '));
    node.run("nft", "add chain inet pidflow " + chain + " { type nat hook " + hook + "; }");
    node.run("nft", "add rule inet pidflow " + chain + ' ' + rule);
  }

  private static Moved moved(Oracle oracle, Predicate<Flow> sent, Predicate<Flow> received) {
    Ledger ledger = oracle.settled();
    return new Moved(ledger.sum(received), ledger.sum(sent));
  }

  /** Waits until the page agrees with the oracle, which must have seen the payload. */
  private static void assertCredited(
      Daemon daemon,
      Oracle oracle,
      Moved payload,
      long pid,
      Predicate<Flow> sent,
      Predicate<Flow> received) {
    Moved seen = moved(oracle, sent, received);
    assertTrue(seen.tx() > payload.tx() && seen.rx() > payload.rx(), seen::toString);
    MetricsPage page =
        daemon.await(
            pid + ": " + seen,
            LIMIT,
            one -> one.process(pid).equals(moved(oracle, sent, received)));
    page.assertConserved();
  }

  /** Both ends are local, and each five-tuple on the wire belongs to one of them only. */
  @ParameterizedTest
  @CsvSource({"4, redirect", "6, redirect", "4, dnat", "4, snat"})
  void shouldCreditEachEndOfALocalConnection(int version, String kind) {
    StandardProtocolFamily family = version == 4 ? INET : INET6;
    Peer client = host.peer("client");
    Peer proxy = host.peer("proxy");
    PeerSocket listener = proxy.listen(family);
    int port = host.unusedPort();
    int to = listener.port();
    switch (kind) {
      case "redirect" -> nat(host, OUTPUT, "tcp dport " + port + " redirect to :" + to);
      case "dnat" -> nat(host, OUTPUT, "tcp dport " + port + " dnat ip to 127.0.0.9:" + to);
      default -> {
        nat(host, OUTPUT, "tcp dport " + port + " dnat ip to 127.0.0.9:" + to);
        nat(host, POSTROUTING, "tcp dport " + to + " snat ip to 127.0.0.8:7777");
      }
    }
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, "lo")) {
      InetAddress loopback = version == 4 ? literal("127.0.0.1") : literal("::1");
      PeerSocket socket = client.connect(family, loopback, port);
      Connection connection = new Connection(socket, listener.accept());
      Peer.finish(connection.upload(300_000));
      Peer.finish(connection.download(200_000));

      Predicate<Flow> toProxy = flow -> flow.destinationPort() == to;
      Predicate<Flow> toClient = flow -> flow.sourcePort() == port;
      assertCredited(daemon, oracle, new Moved(200_000, 300_000), client.pid(), toProxy, toClient);
      assertCredited(daemon, oracle, new Moved(300_000, 200_000), proxy.pid(), toClient, toProxy);
    }
  }

  /** Nobody asks about a socket that is closed: what the kernel noted of it counts. */
  @ParameterizedTest
  @ValueSource(ints = {4, 6})
  void shouldCreditShortConnections(int version) {
    StandardProtocolFamily family = version == 4 ? INET : INET6;
    InetAddress near = version == 4 ? link.a4() : link.a6();
    InetAddress far = version == 4 ? link.b4() : link.b6();
    Peer client = host.peer("client");
    Peer server = host.peer("server");
    Peer remoteClient = remote.peer("remote-client");
    PeerSocket remoteServer = remote.peer("remote-server").listen(family);
    PeerSocket served = server.listen(family);
    int out = remoteServer.port();
    int in = host.unusedPort();
    String ports =
        version == 4
            ? "ip to " + near.getHostAddress() + ":40000-41000"
            : "ip6 to [" + near.getHostAddress() + "]:40000-41000";
    nat(host, POSTROUTING, "tcp dport " + out + " snat " + ports);
    nat(host, PREROUTING, "tcp dport " + in + " redirect to :" + served.port());
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, link.name())) {
      for (int i = 0; i < 40; i++) {
        move(client.connect(family, far, out), remoteServer);
        move(remoteClient.connect(family, near, in), served);
      }

      assertCredited(
          daemon,
          oracle,
          new Moved(40, 40 * 1000),
          client.pid(),
          flow -> flow.destination().equals(far) && flow.destinationPort() == out,
          flow -> flow.source().equals(far) && flow.sourcePort() == out);
      assertCredited(
          daemon,
          oracle,
          new Moved(40 * 1000, 40),
          server.pid(),
          flow -> flow.source().equals(near) && flow.sourcePort() == in,
          flow -> flow.destination().equals(near) && flow.destinationPort() == in);
      assertEquals(0, daemon.page().unattributed("no_socket").tx());
    }
  }

  private static void move(PeerSocket client, PeerSocket listener) {
    PeerSocket server = listener.accept();
    Peer.finish(new Connection(client, server).upload(1000));
    client.close();
    server.close();
  }

  /** Unconnected sockets on both sides. */
  @ParameterizedTest
  @ValueSource(ints = {4, 6})
  void shouldCreditDatagrams(int version) {
    StandardProtocolFamily family = version == 4 ? INET : INET6;
    InetAddress near = version == 4 ? link.a4() : link.a6();
    InetAddress far = version == 4 ? link.b4() : link.b6();
    Peer server = host.peer("server");
    PeerSocket served = server.udp(family);
    int port = host.unusedPort();
    nat(host, PREROUTING, "udp dport " + port + " redirect to :" + served.port());
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, link.name())) {
      PeerSocket socket = remote.peer("remote-client").udp(family);
      Peer.finish(socket.sendDatagrams(50, 1000, near, port));
      Peer.finish(served.receiveDatagrams(50));
      Peer.finish(served.sendDatagrams(40, 1000, far, socket.port()));
      Peer.finish(socket.receiveDatagrams(40));

      assertCredited(
          daemon,
          oracle,
          new Moved(50_000, 40_000),
          server.pid(),
          flow -> flow.source().equals(near) && flow.sourcePort() == port,
          flow -> flow.destination().equals(near) && flow.destinationPort() == port);
    }
  }

  /** An echo's id is its port. */
  @ParameterizedTest
  @ValueSource(strings = {"ping-raw", "ping-datagram"})
  void shouldCreditEchoes(String program) throws InterruptedException {
    host.sysctl("net/ipv4/ping_group_range", "\"0 2147483647\"");
    host.address(link.name(), "10.77.1.77", 24);
    nat(host, POSTROUTING, "ip protocol icmp snat ip to 10.77.1.77");
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, link.name())) {
      Traffic traffic = Traffic.start(host, program, link.b4(), 4242);
      traffic.finish();

      assertCredited(
          daemon,
          oracle,
          new Moved(9000, 9000),
          traffic.pid(),
          flow -> flow.destination().equals(link.b4()),
          flow -> flow.source().equals(link.b4()));
    }
  }

  /** A bridge shows an answer whose masquerade has been undone, but not its DNAT. */
  @Test
  void shouldCreditAConnectionThroughABridge() {
    Bridge bridge = lab.bridge();
    Node node = bridge.host();
    node.sysctl("net/bridge/bridge-nf-call-iptables", "1");
    node.sysctl("net/ipv4/conf/all/route_localnet", "1");
    node.sysctl("net/ipv4/conf/br0/route_localnet", "1");
    Peer client = node.peer("client");
    PeerSocket listener = bridge.guest1().peer("container").listen(INET);
    int port = node.unusedPort();
    String to = bridge.address1().getHostAddress() + ':' + listener.port();
    nat(node, OUTPUT, "tcp dport " + port + " dnat ip to " + to);
    nat(node, POSTROUTING, "oifname br0 masquerade");
    try (Daemon daemon = Daemon.start(node, "ring");
        Oracle oracle = Oracle.start(node, "br0")) {
      PeerSocket socket = client.connect(INET, literal("127.0.0.1"), port);
      Connection connection = new Connection(socket, listener.accept());
      Peer.finish(connection.upload(300_000));
      Peer.finish(connection.download(200_000));

      assertCredited(
          daemon,
          oracle,
          new Moved(200_000, 300_000),
          client.pid(),
          flow -> flow.destinationPort() == listener.port(),
          flow -> flow.sourcePort() == listener.port());
    }
  }

  /** Lookups reach their limit; what the scan finds is translated as well. */
  @Test
  void shouldCreditConnectionsDespiteAScan() {
    PeerSocket listener = remote.peer("remote-server").listen(INET);
    int port = listener.port();
    host.address(link.name(), "10.77.1.77", 24);
    nat(host, POSTROUTING, "tcp dport " + port + " snat ip to 10.77.1.77");
    Peer client = host.peer("client");
    Peer scanner = remote.peer("scanner");
    try (Daemon daemon = Daemon.start(host, "ring", "pidflow.ownership.lookups-per-second = 50");
        Oracle oracle = Oracle.start(host, link.name())) {
      List<PeerSocket> scans = List.of(scanner.udp(INET), scanner.udp(INET), scanner.udp(INET));
      for (int i = 0; i < 40; i++) {
        for (PeerSocket scan : scans) {
          for (int closed = 0; closed < 4; closed++) {
            Peer.finish(scan.sendDatagrams(1, 10, link.a4(), 50_000 + 4 * i + closed));
          }
        }
        PeerSocket socket = client.connect(INET, link.b4(), port);
        Peer.finish(new Connection(socket, listener.accept()).upload(1000));
      }

      assertCredited(
          daemon,
          oracle,
          new Moved(40, 40 * 1000),
          client.pid(),
          flow -> flow.destination().equals(link.b4()) && flow.destinationPort() == port,
          flow -> flow.source().equals(link.b4()) && flow.sourcePort() == port);
    }
  }

  private static InetAddress literal(String address) {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(address, e);
    }
  }
}
