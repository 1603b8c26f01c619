package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On the real kernel, whose reports of other processes' sockets come too. */
@Timeout(60)
class SocketDestroyEventsIT {
  private final DaemonCounters counters = new DaemonCounters();
  private final List<SocketKey> destroyed = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(
      value = StandardProtocolFamily.class,
      names = {"INET", "INET6"})
  void shouldReportDatagramSocketsThatHadAPort(StandardProtocolFamily family) throws Exception {
    try (Poller poller = Poller.open();
        SocketDestroyEvents events = SocketDestroyEvents.open(0, counters, poller)) {
      for (int i = 0; i < 100; i++) {
        DatagramChannel.open(family).close();
      }
      int port;
      try (DatagramChannel bound = DatagramChannel.open(family)) {
        String loopback = family == StandardProtocolFamily.INET ? "127.0.0.1" : "::1";
        bound.bind(new InetSocketAddress(InetAddress.getByName(loopback), 0));
        port = ((InetSocketAddress) bound.getLocalAddress()).getPort();
      }

      await(events, poller, Protocol.UDP, port);
      assertEquals(0, seen(Protocol.UDP, 0), "without a port");
    }
  }

  @Test
  void shouldReportConnectionsWithoutAPort() throws Exception {
    try (Poller poller = Poller.open();
        SocketDestroyEvents events = SocketDestroyEvents.open(0, counters, poller)) {
      SocketChannel.open(StandardProtocolFamily.INET).close();

      await(events, poller, Protocol.TCP, 0);
    }
  }

  @Test
  void shouldOutlastAMomentWithoutReading() throws Exception {
    try (Poller poller = Poller.open();
        SocketDestroyEvents events = SocketDestroyEvents.open(0, counters, poller)) {
      for (int i = 0; i < 2000; i++) {
        try (DatagramChannel bound = DatagramChannel.open()) {
          bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }
      }
      int port;
      try (DatagramChannel last = DatagramChannel.open(StandardProtocolFamily.INET)) {
        last.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        port = ((InetSocketAddress) last.getLocalAddress()).getPort();
      }

      await(events, poller, Protocol.UDP, port);
      assertEquals(0, counters.value(DaemonCounter.NETLINK_OVERRUNS));
    }
  }

  private void await(SocketDestroyEvents events, Poller poller, int protocol, int port)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (seen(protocol, port) == 0) {
      assertTrue(System.nanoTime() - deadline < 0, "no report of port " + port);
      poller.await(100);
      events.drain(socket -> destroyed.add(socket.key()));
    }
  }

  private long seen(int protocol, int port) {
    return destroyed.stream()
        .filter(key -> key.protocol() == protocol && key.localPort() == port)
        .count();
  }
}
