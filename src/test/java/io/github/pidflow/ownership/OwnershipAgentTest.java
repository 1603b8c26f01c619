package io.github.pidflow.ownership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.config.OwnershipSettings.Source;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockettable.Sockets;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against this machine's kernel, with sockets this JVM opens on loopback. */
@Timeout(30)
class OwnershipAgentTest {
  private static final InetAddress ADDRESS = InetAddress.getLoopbackAddress();
  private static final String LOOPBACK = ADDRESS.getHostAddress();
  private static final int LOOPBACK_INDEX = 1;

  private static final long LIMIT_NANOS = 20_000_000_000L;

  private final DaemonCounters counters = new DaemonCounters();
  private OwnershipAgent agent;

  /** With an interval of hours, it scans only at the start: later owners were looked up. */
  private void start(Source source, Duration scanInterval) throws IOException {
    Path proc = Path.of("/proc");
    agent =
        new OwnershipAgent(
            new OwnershipSettings(source, proc, false, true, scanInterval, scanInterval, 1000, 100),
            counters,
            List::of);
    agent.onStart();
  }

  @AfterEach
  void close() {
    agent.onClose();
  }

  private ProcessInfo find(SocketKey key) {
    return agent.table().find(Sockets.segment(key, nowNanos()));
  }

  private static long nowNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  private void assertThisProcess(ProcessInfo process) {
    assertEquals(ProcessHandle.current().pid(), process.pid());
    assertTrue(process.startTimeSeconds() > 0);
    assertFalse(process.comm().isEmpty());
  }

  private void workUntil(BooleanSupplier done) throws IOException {
    long start = System.nanoTime();
    while (!done.getAsBoolean()) {
      assertTrue(System.nanoTime() - start < LIMIT_NANOS, "the agent does not find the owner");
      agent.doWork();
    }
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 5, ADDRESS);
  }

  private static SocketKey key(Socket socket) {
    return SocketKeys.connected(
        Protocol.TCP, LOOPBACK, socket.getLocalPort(), LOOPBACK, socket.getPort());
  }

  @Test
  void shouldKnowBothEndsOfAConnectionFromTheStart() throws IOException {
    try (ServerSocket listener = listen();
        Socket client = new Socket(ADDRESS, listener.getLocalPort());
        Socket server = listener.accept()) {
      start(Source.AUTO, Duration.ofHours(1));

      assertTrue(agent.hasScanned());
      assertThisProcess(find(key(client)));
      assertThisProcess(find(key(server)));
      assertTrue(agent.table().processes().contains(find(key(client))));
    }
  }

  @Test
  void shouldKnowAConnectionFromProcNet() throws IOException {
    try (ServerSocket listener = listen();
        Socket client = new Socket(ADDRESS, listener.getLocalPort())) {
      start(Source.PROC, Duration.ofHours(1));

      assertThisProcess(find(key(client)));
    }
  }

  @Test
  void shouldLookUpAConnectionOpenedAfterTheScan() throws IOException {
    start(Source.AUTO, Duration.ofHours(1));
    try (ServerSocket listener = listen();
        Socket client = new Socket(ADDRESS, listener.getLocalPort());
        Socket server = listener.accept()) {
      for (SocketKey key : new SocketKey[] {key(client), key(server)}) {
        assertNull(find(key));
        agent.proxy().lookUp(new Miss(key, LOOPBACK_INDEX));
        workUntil(() -> find(key) != null);
        assertThisProcess(find(key));
      }
    }
    assertEquals(1, counters.value(DaemonCounter.OWNERSHIP_SCANS));
    assertEquals(2, counters.value(DaemonCounter.OWNERSHIP_LOOKUPS_RESOLVED));
  }

  @Test
  void shouldFollowADatagramSocketFromItsFirstPacketToItsEnd() throws IOException {
    start(Source.AUTO, Duration.ofHours(1));
    InetSocketAddress any = new InetSocketAddress(ADDRESS, 0);
    SocketKey key;
    try (DatagramSocket socket = new DatagramSocket(any)) {
      key = SocketKeys.connected(Protocol.UDP, LOOPBACK, socket.getLocalPort(), LOOPBACK, 9);
      agent.proxy().lookUp(new Miss(key, LOOPBACK_INDEX));
      workUntil(() -> find(key) != null);
      assertThisProcess(find(key));
    }
    // By the kernel's destroy event, since there is no scan.
    workUntil(() -> find(key) == null);
    assertEquals(1, counters.value(DaemonCounter.OWNERSHIP_SCANS));
  }

  @Test
  void shouldFindByTheNextScanASocketThatCannotBeLookedUp() throws IOException {
    start(Source.PROC, Duration.ofMillis(20));
    try (ServerSocket listener = listen();
        Socket client = new Socket(ADDRESS, listener.getLocalPort())) {
      agent.proxy().lookUp(new Miss(key(client), LOOPBACK_INDEX));
      workUntil(() -> find(key(client)) != null);

      assertThisProcess(find(key(client)));
    }
    assertEquals(0, counters.value(DaemonCounter.OWNERSHIP_LOOKUPS));
  }
}
