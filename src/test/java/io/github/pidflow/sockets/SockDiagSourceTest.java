package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.linux.FakeProc;
import io.github.pidflow.linux.NetlinkSocket;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Against this machine's kernel, with a proc of our own for what it has no sock_diag module for.
 */
@Timeout(20)
class SockDiagSourceTest {
  @TempDir private Path directory;
  private FakeProc proc;

  @BeforeEach
  void makeProc() {
    proc = new FakeProc(directory);
  }

  private SockDiagSource open() throws IOException {
    return SockDiagSource.open(new ProcNetSource(directory));
  }

  @Test
  void shouldReadProtocolsWithoutADiagModuleFromProc() throws IOException {
    String line = " 60: 0100007F:1267 00000000:0000 07 0:0 00:0 0 0 0 4242 2 0000 0\n";
    proc.net("icmp", "heading\n" + line);
    List<KernelSocket> sockets = new ArrayList<>();
    try (SockDiagSource source = open()) {
      source.dump(sockets::add);
      // No kernel has a diag module for ping sockets.
      assertFalse(source.canFind(Protocol.ICMP));
      assertTrue(source.canFind(Protocol.TCP));
    }

    SocketKey key = SocketKeys.bound(Protocol.ICMP, "127.0.0.1", 4711);
    assertTrue(sockets.contains(new KernelSocket(key, 4242, 0, false)));
  }

  @Test
  void shouldListTcpSocketsOfBothFamiliesInOneDump() throws IOException {
    InetAddress loopback = InetAddress.getAllByName("127.0.0.1")[0];
    InetAddress loopback6 = InetAddress.getAllByName("::1")[0];
    try (ServerSocket v4 = new ServerSocket(0, 5, loopback);
        ServerSocket v6 = new ServerSocket(0, 5, loopback6);
        ServerSocket both = new ServerSocket(0, 5);
        Socket toV4 = new Socket(loopback, v4.getLocalPort());
        Socket toV6 = new Socket(loopback6, v6.getLocalPort());
        Socket mapped = new Socket(loopback, both.getLocalPort())) {
      List<ServerSocket> listeners = List.of(v4, v6, both);
      Set<Integer> ports = new HashSet<>();
      listeners.forEach(each -> ports.add(each.getLocalPort()));
      List.of(toV4, toV6, mapped).forEach(each -> ports.add(each.getLocalPort()));

      Set<KernelSocket> atOnce = sockets(ports, InetDiag.tcpDumpRequest());
      Set<KernelSocket> oneByOne =
          sockets(
              ports,
              InetDiag.dumpRequest(InetDiag.AF_INET, Protocol.TCP),
              InetDiag.dumpRequest(InetDiag.AF_INET6, Protocol.TCP));

      assertEquals(oneByOne, atOnce);
      assertTrue(atOnce.size() >= 2 * listeners.size(), atOnce.toString());
    }
  }

  private static Set<KernelSocket> sockets(Set<Integer> ports, ByteBuffer... requests)
      throws IOException {
    Set<KernelSocket> sockets = new HashSet<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG)) {
      for (ByteBuffer request : requests) {
        netlink.exchange(
            request,
            "dump",
            (type, message) ->
                InetDiag.parse(Protocol.TCP, message)
                    .filter(each -> ports.contains(each.key().localPort()))
                    .ifPresent(sockets::add));
      }
    }
    return sockets;
  }

  @Test
  void shouldFindTheSocketThatReceivesADatagram() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    String address = loopback.getHostAddress();
    try (SockDiagSource source = open();
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
      int port = socket.getLocalPort();
      SocketKey asked = SocketKeys.connected(Protocol.UDP, address, port, address, 9);
      KernelSocket found = source.find(new Miss(asked, 1)).orElseThrow();

      assertEquals(SocketKeys.bound(Protocol.UDP, address, port), found.key());
      List<KernelSocket> sockets = new ArrayList<>();
      source.dump(sockets::add);
      assertTrue(sockets.contains(found), "a dump lists it alike");
    }
  }

  @Test
  void shouldFindNothingWithoutASocket() throws IOException {
    int port;
    try (DatagramSocket closed = new DatagramSocket(0)) {
      port = closed.getLocalPort();
    }
    try (SockDiagSource source = open()) {
      SocketKey key = SocketKeys.connected(Protocol.UDP, "127.0.0.1", port, "127.0.0.1", 9);
      assertEquals(Optional.empty(), source.find(new Miss(key, 1)));
    }
  }
}
