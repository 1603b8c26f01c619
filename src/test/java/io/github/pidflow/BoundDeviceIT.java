package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.HostTest;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Receiver;
import io.github.pidflow.lab.Script;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets that are bound to an interface (SO_BINDTODEVICE), as those of DHCP servers are. */
@Timeout(120)
class BoundDeviceIT extends HostTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String BROADCAST = "255.255.255.255";
  private static final String CLIENT = "10.99.0.2";
  private static final int CLIENT_PORT = 6800;
  private static final int BYTES = 500;
  private static final int WIRE_BYTES = BYTES + 28;

  private final Node left = lab.node();
  private final Node right = lab.node();
  private final Link toLeft = lab.link(host, left);
  private final Link toRight = lab.link(host, right);

  @Test
  void shouldAttributeOneFiveTupleByItsInterface() {
    left.ip("address", "add", CLIENT + "/24", "dev", toLeft.name());
    right.ip("address", "add", CLIENT + "/24", "dev", toRight.name());
    int port = host.unusedPort();
    try (Receiver onLeft = Receiver.start(host, "--port", port, "--device", toLeft.name());
        Receiver onRight = Receiver.start(host, "--port", port, "--device", toRight.name());
        Daemon daemon = Daemon.start(host, "ring")) {
      sendFrom(left, toLeft, BROADCAST, port, 60);
      sendFrom(right, toRight, BROADCAST, port, 100);

      awaitReceived(daemon, onLeft, 60);
      awaitReceived(daemon, onRight, 100);
    }
  }

  @Test
  void shouldPreferTheBoundSocketToAKnownWildcard() {
    left.ip("address", "add", CLIENT + "/24", "dev", toLeft.name());
    right.ip("address", "add", CLIENT + "/24", "dev", toRight.name());
    int port = host.unusedPort();
    try (Receiver anywhere = Receiver.start(host, "--port", port);
        Daemon daemon = Daemon.start(host, "ring")) {
      sendFrom(left, toLeft, BROADCAST, port, 20);
      awaitReceived(daemon, anywhere, 20);

      try (Receiver onLeft = Receiver.start(host, "--port", port, "--device", toLeft.name())) {
        sendFrom(left, toLeft, BROADCAST, port, 60);
        sendFrom(right, toRight, BROADCAST, port, 100);

        awaitReceived(daemon, onLeft, 60);
        awaitReceived(daemon, anywhere, 120);
      }
    }
  }

  @Test
  void shouldNotAttributeWhatComesInOnAnotherInterface() {
    int port = host.unusedPort();
    try (Receiver onLeft = Receiver.start(host, "--port", port, "--device", toLeft.name());
        Daemon daemon =
            Daemon.start(host, "ring", "pidflow.accounting.parked.max-age = 1 second")) {
      String near = toLeft.a4().getHostAddress();
      sendFrom(left, toLeft, near, port, 30);
      awaitReceived(daemon, onLeft, 30);
      sendFrom(right, toRight, toRight.a4().getHostAddress(), port, 50);

      daemon.await(
          "50 datagrams without a socket",
          LIMIT,
          page ->
              page.unattributed("no_socket").equals(new Moved(50L * WIRE_BYTES, 0))
                  && page.process(onLeft.pid()).equals(new Moved(30L * WIRE_BYTES, 0)));
      assertEquals(30L * BYTES, onLeft.receivedBytes());
    }
  }

  private static void sendFrom(Node node, Link link, String to, int port, int datagrams) {
    String source = to.equals(BROADCAST) ? CLIENT : "";
    node.run(
        Script.command(
            "udp_sender.py", link.name(), source, CLIENT_PORT, to, port, datagrams, BYTES));
  }

  private static void awaitReceived(Daemon daemon, Receiver receiver, int datagrams) {
    Moved wanted = new Moved((long) datagrams * WIRE_BYTES, 0);
    daemon.await(
        receiver.pid() + " " + wanted, LIMIT, page -> page.process(receiver.pid()).equals(wanted));
  }
}
