package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ConntrackTableTest {
  private static final Path PROC = Path.of("/proc");

  private final Map<SocketKey, ConntrackEntry> byFlow = new HashMap<>();

  private void parse(String line) {
    ConntrackParser.parse(line, 0)
        .ifPresent(entry -> entry.flows().forEach(flow -> byFlow.put(flow, entry)));
  }

  /** The socket whose packets are captured as a flow; null if it is the flow's own. */
  private SocketKey socketOf(SocketKey flow) {
    ConntrackEntry entry = byFlow.get(flow);
    return entry == null ? null : entry.socketOf(flow).orElseThrow();
  }

  private static SocketKey tcp(String local, int localPort, String remote, int remotePort) {
    return SocketKeys.connected(Protocol.TCP, local, localPort, remote, remotePort);
  }

  @Test
  void shouldFindTheOriginatorOfMasqueradedConnections() {
    parse(
        "ipv4 2 tcp 6 431999 ESTABLISHED src=10.0.0.2 dst=1.2.3.4 sport=40000 dport=80"
            + " src=1.2.3.4 dst=192.168.0.1 sport=80 dport=40001 [ASSURED] mark=0 zone=0 use=2");
    assertEquals(
        tcp("10.0.0.2", 40000, "1.2.3.4", 80), socketOf(tcp("192.168.0.1", 40001, "1.2.3.4", 80)));
    assertNull(socketOf(tcp("192.168.0.1", 40000, "1.2.3.4", 80)));
    assertNull(socketOf(SocketKeys.connected(Protocol.UDP, "192.168.0.1", 40001, "1.2.3.4", 80)));
  }

  @Test
  void shouldFindTheReceiverOfConnectionsToAPublishedPort() {
    parse(
        "ipv4     2 tcp      6 89 TIME_WAIT src=9.9.9.9 dst=192.168.0.1 sport=5000 dport=8080"
            + " src=10.0.0.2 dst=9.9.9.9 sport=80 dport=5000 [ASSURED] mark=0 use=1");
    assertEquals(
        tcp("10.0.0.2", 80, "9.9.9.9", 5000), socketOf(tcp("192.168.0.1", 8080, "9.9.9.9", 5000)));
  }

  /** Both ends are local: which of them a five-tuple belongs to depends on its direction. */
  @Test
  void shouldFindTheRightEndOfARedirectedLocalConnection() {
    parse(
        "ipv4 2 tcp 6 10 ESTABLISHED src=127.0.0.1 dst=127.0.0.1 sport=5000 dport=8080"
            + " src=127.0.0.1 dst=127.0.0.1 sport=3128 dport=5000 [ASSURED] use=1");
    SocketKey client = tcp("127.0.0.1", 5000, "127.0.0.1", 8080);
    SocketKey proxy = tcp("127.0.0.1", 3128, "127.0.0.1", 5000);

    assertEquals(client, socketOf(tcp("127.0.0.1", 5000, "127.0.0.1", 3128)));
    assertEquals(proxy, socketOf(tcp("127.0.0.1", 8080, "127.0.0.1", 5000)));
    assertNull(socketOf(client));
    assertNull(socketOf(proxy));
    assertEquals(2, byFlow.size());
  }

  /** A bridge shows an answer after its netfilter has undone the masquerade, but not the DNAT. */
  @Test
  void shouldFindTheOriginatorOfAnswersThroughABridge() {
    parse(
        "ipv4 2 tcp 6 10 ESTABLISHED src=127.0.0.1 dst=127.0.0.1 sport=5000 dport=8080"
            + " src=10.0.0.2 dst=10.0.0.1 sport=80 dport=6000 [ASSURED] use=1");
    SocketKey client = tcp("127.0.0.1", 5000, "127.0.0.1", 8080);

    assertEquals(client, socketOf(tcp("127.0.0.1", 5000, "10.0.0.2", 80)));
    assertEquals(client, socketOf(tcp("10.0.0.1", 6000, "10.0.0.2", 80)));
  }

  @Test
  void shouldParseIpv6Datagrams() {
    parse(
        "ipv6 10 udp 17 29 src=fd00:0000:0000:0000:0000:0000:0000:0002"
            + " dst=2001:0db8:0000:0000:0000:0000:0000:0001 sport=5353 dport=53 [UNREPLIED]"
            + " src=2001:0db8:0000:0000:0000:0000:0000:0001"
            + " dst=2001:0db8:0000:0000:0000:0000:0000:0009 sport=53 dport=5353 mark=0 use=1");
    assertEquals(
        SocketKeys.connected(Protocol.UDP, "fd00::2", 5353, "2001:db8::1", 53),
        socketOf(SocketKeys.connected(Protocol.UDP, "2001:db8::9", 5353, "2001:db8::1", 53)));
  }

  @Test
  void shouldParseEchoesById() {
    parse(
        "ipv4 2 icmp 1 29 src=10.0.0.2 dst=1.2.3.4 type=8 code=0 id=7"
            + " src=1.2.3.4 dst=192.168.0.1 type=0 code=0 id=9 mark=0 use=1");
    assertEquals(
        SocketKeys.connected(Protocol.ICMP, "10.0.0.2", 7, "1.2.3.4", 0),
        socketOf(SocketKeys.connected(Protocol.ICMP, "192.168.0.1", 9, "1.2.3.4", 0)));
  }

  @Test
  void shouldSkipEntriesWithoutNatAndMalformedLines() {
    parse(
        "ipv4 2 udp 17 29 src=10.0.0.2 dst=1.2.3.4 sport=53 dport=53"
            + " src=1.2.3.4 dst=10.0.0.2 sport=53 dport=53 mark=0 use=1");
    parse("");
    parse("ipv4 2 tcp 6 10 ESTABLISHED src=10.0.0.2 dst=1.2.3.4");
    parse(
        "ipv4 2 tcp six 9 CLOSE src=10.0.0.2 dst=1.2.3.4 sport=1 dport=x"
            + " src=1.2.3.4 dst=192.168.0.1 sport=80 dport=1");
    assertEquals(Map.of(), byFlow);
  }

  @Test
  void shouldStopReadingAtTheLimitAndCountIt() throws IOException {
    DaemonCounters counters = new DaemonCounters();
    ConntrackTable conntrack = new ConntrackTable(0, PROC, counters);
    SocketKey last = SocketKeys.connected(Protocol.TCP, "192.168.0.1", 40001, "1.2.3.4", 80);
    SocketKey beyond = SocketKeys.connected(Protocol.TCP, "192.168.0.1", 40002, "1.2.3.4", 80);
    conntrack.request(new Miss(last, 0));
    conntrack.request(new Miss(beyond, 0));
    String table =
        masqueraded(50_000).repeat(ConntrackTable.MAX_LINES - 1)
            + masqueraded(40_001)
            + masqueraded(40_002);

    Map<Miss, ConntrackEntry> found = conntrack.find(new BufferedReader(new StringReader(table)));

    assertEquals(Set.of(new Miss(last, 0)), found.keySet());
    assertEquals(1, counters.value(DaemonCounter.TRANSLATION_TABLES_CUT));
  }

  @Test
  void shouldNotCountATableThatEndsAtTheLimit() throws IOException {
    DaemonCounters counters = new DaemonCounters();
    ConntrackTable conntrack = new ConntrackTable(0, PROC, counters);
    String table = masqueraded(50_000).repeat(ConntrackTable.MAX_LINES);

    conntrack.find(new BufferedReader(new StringReader(table)));

    assertEquals(0, counters.value(DaemonCounter.TRANSLATION_TABLES_CUT));
  }

  private static String masqueraded(int port) {
    return "ipv4 2 tcp 6 431999 ESTABLISHED src=10.0.0.2 dst=1.2.3.4 sport=40000 dport=80"
        + " src=1.2.3.4 dst=192.168.0.1 sport=80 dport="
        + port
        + " [ASSURED] use=2\n";
  }
}
