package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of this host's processes whose address no interface has, or only just has. */
@Timeout(120)
class ForeignAddressIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int DATAGRAMS = 50;
  private static final int PAYLOAD = 1000;

  private record Program(Process process, BufferedReader out) {
    void await(String line) throws IOException {
      assertEquals(line, out.readLine());
    }

    long received(MetricsPage page) {
      return page.process(process.pid()).rx();
    }

    long sent(MetricsPage page) {
      return page.process(process.pid()).tx();
    }
  }

  /** Addresses of a local route, as load balancers and name servers have them. */
  @ParameterizedTest
  @CsvSource({"198.51.100.0/24, 198.51.100.7, 28", "2001:db8:99::/64, 2001:db8:99::7, 48"})
  void shouldCountPacketsToAddressesOfALocalRoute(String prefix, String address, int headers)
      throws IOException {
    boolean v6 = address.indexOf(':') >= 0;
    String gateway = (v6 ? link.a6() : link.a4()).getHostAddress();
    remote.ip(v6 ? "-6" : "-4", "route", "add", prefix, "via", gateway);
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    PeerSocket in = near.udp(v6 ? INET6 : INET);
    PeerSocket out = far.udp(v6 ? INET6 : INET);
    try (Daemon daemon = Daemon.start(host, "ring")) {
      host.ip(v6 ? "-6" : "-4", "route", "add", "local", prefix, "dev", "lo");
      Audit.assertReceived(
          in,
          out.sendDatagrams(DATAGRAMS, PAYLOAD, InetAddress.getByName(address), in.port()),
          DATAGRAMS);
      assertCounted(
          daemon, page -> page.process(near.pid()).rx(), (long) DATAGRAMS * (PAYLOAD + headers));
    }
  }

  @Test
  void shouldCountPacketsFromAddressesOfNobody() throws IOException {
    Peer far = remote.peer("far");
    PeerSocket in = far.udp(INET);
    remote.sysctl("net/ipv4/conf/all/rp_filter", "0");
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Program program = start("transparent", "203.0.113.5", link.b4().getHostAddress(), in.port());
      program.await("done");
      assertCounted(daemon, program::sent, DATAGRAMS * (PAYLOAD + 28));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.88.0.", "fd88::"})
  void shouldCountTheFirstPacketFromANewAddress(String prefix) throws IOException {
    boolean v6 = prefix.indexOf(':') >= 0;
    Peer far = remote.peer("far");
    PeerSocket in = far.udp(v6 ? INET6 : INET);
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Program program =
          start(
              "added",
              link.name(),
              prefix,
              (v6 ? link.b6() : link.b4()).getHostAddress(),
              in.port());
      program.await("done");
      assertCounted(daemon, program::sent, (long) DATAGRAMS * (PAYLOAD + (v6 ? 48 : 28)));
    }
  }

  /** Both for a host that forwards and for one that does not. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void shouldCountWhatATransparentProxyAccepts(String forwarding) throws IOException {
    host.sysctl("net/ipv4/ip_forward", forwarding);
    host.ip("rule", "add", "fwmark", "1", "lookup", "100");
    host.ip("route", "add", "local", "0.0.0.0/0", "dev", "lo", "table", "100");
    host.run("nft", "add table ip proxy");
    host.run("nft", "add chain ip proxy in { type filter hook prerouting priority -150; }");
    host.run("nft", "add rule ip proxy in tcp dport 80 tproxy to :8080 meta mark set 1 accept");
    remote.ip("route", "add", "203.0.113.0/24", "via", link.a4().getHostAddress());
    Peer far = remote.peer("far");
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Program program = start("tproxy", 8080);
      program.await("ready");
      PeerSocket out = far.connect(INET, InetAddress.getByName("203.0.113.80"), 80);
      Peer.finish(out.send(200_000));
      out.close();

      daemon.await(
          "200,000 bytes of the proxy, and none forwarded",
          LIMIT,
          page ->
              program.received(page) > 200_000
                  && program.sent(page) > 0
                  && page.sum("pidflow_forwarded_bytes_total") == 0);
    }
  }

  private static void assertCounted(
      Daemon daemon, ToLongFunction<MetricsPage> bytes, long expected) {
    MetricsPage page =
        daemon.await(expected + " bytes", LIMIT, one -> bytes.applyAsLong(one) >= expected);
    assertEquals(expected, bytes.applyAsLong(page));
    assertTrue(page.sum("pidflow_forwarded_bytes_total") == 0, page.traffic());
  }

  private Program start(Object... arguments) {
    Process process = host.start(new ProcessBuilder(Script.command("foreign.py", arguments)));
    return new Program(
        process, new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)));
  }
}
