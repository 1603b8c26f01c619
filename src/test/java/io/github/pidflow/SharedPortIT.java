package io.github.pidflow;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Receiver;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several sockets on one UDP port: a packet belongs to the most specific one, from the moment it is
 * there.
 */
@Timeout(120)
class SharedPortIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int BYTES = 1000;

  @ParameterizedTest
  @CsvSource({"4, 4", "6, 6", "6, 4"})
  void shouldPreferAConnectedSocketToAKnownWildcard(int wildcardFamily, int family) {
    int port = host.unusedPort();
    PeerSocket other = socket(family);
    PeerSocket peer = socket(family);
    try (Receiver wildcard = Receiver.start(host, "--family", wildcardFamily, "--port", port);
        Daemon daemon = Daemon.start(host, "ring")) {
      send(other, family, port, 20);
      awaitReceived(daemon, family, wildcard, 20);

      String far = address(family, false).getHostAddress();
      long closedPid;
      try (Receiver connected =
          Receiver.start(host, "--family", family, "--port", port, "--connect", far, peer.port())) {
        closedPid = connected.pid();
        send(peer, family, port, 100);
        send(other, family, port, 10);
        awaitReceived(daemon, family, connected, 100);
        awaitReceived(daemon, family, wildcard, 30);
      }
      awaitTakeover(daemon, peer, family, port, closedPid, wildcard);
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "6, 6", "6, 4"})
  void shouldPreferASpecificAddressToAKnownWildcard(int wildcardFamily, int family) {
    int port = host.unusedPort();
    PeerSocket peer = socket(family);
    try (Receiver wildcard = Receiver.start(host, "--family", wildcardFamily, "--port", port);
        Daemon daemon = Daemon.start(host, "ring")) {
      send(peer, family, port, 20);
      awaitReceived(daemon, family, wildcard, 20);

      String near = address(family, true).getHostAddress();
      long closedPid;
      try (Receiver specific =
          Receiver.start(host, "--family", family, "--port", port, "--address", near)) {
        closedPid = specific.pid();
        send(peer, family, port, 100);
        awaitReceived(daemon, family, specific, 100);
      }
      awaitTakeover(daemon, peer, family, port, closedPid, wildcard);
    }
  }

  @Test
  void shouldFollowFlowsWhenMembersJoinAndLeaveAGroup() {
    int port = host.unusedPort();
    List<PeerSocket> peers = Stream.generate(() -> socket(4)).limit(24).toList();
    try (Receiver first = Receiver.start(host, "--port", port, "--group");
        Daemon daemon = Daemon.start(host, "ring")) {
      peers.forEach(peer -> send(peer, 4, port, 2));
      awaitReceived(daemon, 4, first, 48);

      List<Receiver> group = new ArrayList<>(List.of(first));
      try (Receiver second = Receiver.start(host, "--port", port, "--group")) {
        group.add(second);
        peers.forEach(peer -> send(peer, 4, port, 3));
        awaitWhatTheyGot(daemon, group, 120);
        try (Receiver third = Receiver.start(host, "--port", port, "--group")) {
          group.add(third);
          peers.forEach(peer -> send(peer, 4, port, 4));
          awaitWhatTheyGot(daemon, group, 216);
        }
      }
    }
  }

  private PeerSocket socket(int family) {
    Peer far = remote.peer("far");
    return far.udp(family == 4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
  }

  private InetAddress address(int family, boolean near) {
    if (family == 4) {
      return near ? link.a4() : link.b4();
    }
    return near ? link.a6() : link.b6();
  }

  private void send(PeerSocket peer, int family, int port, int datagrams) {
    Peer.finish(peer.sendDatagrams(datagrams, BYTES, address(family, true), port));
  }

  /**
   * Sends until the traffic of a closed socket goes to another one, since the kernel reports the
   * close a moment later, and then checks that all of it does.
   */
  private void awaitTakeover(
      Daemon daemon, PeerSocket peer, int family, int port, long closedPid, Receiver open) {
    MetricsPage before = daemon.page();
    long openBytes = before.process(open.pid()).rx();
    long bothBytes = openBytes + before.process(closedPid).rx();
    AtomicInteger sent = new AtomicInteger();
    MetricsPage takenOver =
        daemon.await(
            "traffic of a closed socket goes to " + open.pid(),
            LIMIT,
            page -> {
              boolean done = page.process(open.pid()).rx() > openBytes;
              if (!done) {
                send(peer, family, port, 1);
                sent.incrementAndGet();
              }
              return done;
            });
    send(peer, family, port, 40);
    long total = bothBytes + (sent.get() + 40L) * wireBytes(family);
    long closedBytes = takenOver.process(closedPid).rx();
    daemon.await(
        open.pid() + " rx " + (total - closedBytes),
        LIMIT,
        page ->
            page.process(open.pid()).rx() == total - closedBytes
                && page.process(closedPid).rx() == closedBytes);
  }

  /** Waits until the page has that many datagrams of a receiver, which must get all of them. */
  private static void awaitReceived(Daemon daemon, int family, Receiver receiver, long datagrams) {
    long bytes = datagrams * wireBytes(family);
    daemon.await(
        receiver.pid() + " rx " + bytes, LIMIT, page -> page.process(receiver.pid()).rx() == bytes);
  }

  /** Waits until the page has of each receiver what the receiver itself has counted. */
  private static void awaitWhatTheyGot(Daemon daemon, List<Receiver> group, long datagrams) {
    daemon.await(
        "each of the group's share of " + datagrams,
        LIMIT,
        page -> {
          long[] got = group.stream().mapToLong(each -> each.receivedBytes() / BYTES).toArray();
          boolean equal = LongStream.of(got).sum() == datagrams;
          for (int i = 0; i < got.length; i++) {
            equal &= page.process(group.get(i).pid()).rx() == got[i] * wireBytes(4);
          }
          return equal;
        });
  }

  private static int wireBytes(int family) {
    return BYTES + 8 + (family == 4 ? 20 : 40);
  }
}
