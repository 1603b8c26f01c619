package io.github.pidflow.lab;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests the oracle itself with UDP, whose packet sizes are known exactly. */
@Timeout(90)
class OracleTest {
  private static final int DATAGRAMS = 50;
  private static final int SIZE = 700;

  private NetLab lab;
  private Node a;
  private Node b;
  private Link link;

  @BeforeEach
  void build() {
    lab = NetLab.create();
    a = lab.node();
    b = lab.node();
    link = lab.link(a, b);
  }

  @AfterEach
  void clear() {
    lab.close();
  }

  @Test
  void shouldCountEveryIpByteOfUdp() {
    Peer sender = a.peer("sender");
    Peer receiver = b.peer("receiver");
    try (Oracle oracle = Oracle.start(a, "any")) {
      datagrams(sender, receiver, INET, link.b4(), DATAGRAMS, SIZE);
      assertEquals(new Moved(0, DATAGRAMS * (20 + 8 + SIZE)), oracle.settled().of(sender));

      datagrams(sender, receiver, INET6, link.b6(), DATAGRAMS, SIZE);
      // An IPv6 socket that sends to a mapped address speaks IPv4 on the wire.
      datagrams(sender, receiver, INET6, link.b4(), DATAGRAMS, SIZE);
      long sent = DATAGRAMS * (2 * (20 + 8 + SIZE) + (40 + 8 + SIZE));
      Ledger ledger = oracle.stop();
      assertEquals(new Moved(0, sent), ledger.of(sender));
      assertEquals(new Moved(sent, 0), ledger.of(receiver));
    }
  }

  @Test
  void shouldCountFragmentsUnderTheirPorts() {
    Peer sender = a.peer("sender");
    Peer receiver = b.peer("receiver");
    int size = 20_000;
    try (Oracle oracle = Oracle.start(b, link.name())) {
      datagrams(sender, receiver, INET, link.b4(), 3, size);
      // 1480 bytes fit behind an IPv4 header, 1448 behind an IPv6 one and its fragment header.
      long v4 = 3 * (size + 8 + 20L * 14);
      assertEquals(v4, oracle.settled().of(receiver).rx());

      datagrams(sender, receiver, INET6, link.b6(), 3, size);
      long v6 = 3 * (size + 8 + 48L * 14);
      assertEquals(v4 + v6, oracle.stop().of(receiver).rx());
    }
  }

  @Test
  void shouldCountLoopbackOnceForEachEnd() {
    Peer sender = a.peer("sender");
    Peer receiver = a.peer("receiver");
    try (Oracle oracle = Oracle.start(a, "any")) {
      datagrams(sender, receiver, INET, Node.literal("127.0.0.1"), DATAGRAMS, SIZE);
      datagrams(sender, receiver, INET6, Node.literal("::1"), DATAGRAMS, SIZE);
      datagrams(sender, receiver, INET, link.a4(), DATAGRAMS, SIZE);

      long bytes = DATAGRAMS * (2 * (20 + 8 + SIZE) + (40 + 8 + SIZE));
      Ledger ledger = oracle.stop();
      assertEquals(new Moved(0, bytes), ledger.of(sender));
      assertEquals(new Moved(bytes, 0), ledger.of(receiver));
    }
  }

  @Test
  void shouldCountTcpPayloadAndHeadersInBothDirections() {
    Peer client = a.peer("client");
    Peer server = b.peer("server");
    int bytes = 1_000_000;
    try (Oracle oracle = Oracle.start(a, "any")) {
      PeerSocket listener = server.listen(INET);
      PeerSocket upload = client.connect(INET, link.b4(), listener.port());
      PeerSocket accepted = listener.accept();
      var received = accepted.receive(bytes);
      assertEquals(bytes, Peer.finish(upload.send(bytes)));
      assertEquals(bytes, Peer.finish(received));
      var back = upload.receive(1000);
      assertEquals(1000, Peer.finish(accepted.send(1000)));
      assertEquals(1000, Peer.finish(back));

      Ledger ledger = oracle.stop();
      Moved moved = ledger.of(client);
      assertTrue(moved.tx() > bytes && moved.tx() < bytes * 1.1, moved + "\n" + ledger);
      assertTrue(moved.rx() > 1000 && moved.rx() < bytes * 0.1, moved + "\n" + ledger);
      assertEquals(new Moved(moved.tx(), moved.rx()), ledger.of(server));
    }
  }

  private static void datagrams(
      Peer sender,
      Peer receiver,
      StandardProtocolFamily family,
      InetAddress remote,
      int count,
      int size) {
    PeerSocket in = receiver.udp(remote.getAddress().length == 4 ? INET : INET6);
    PeerSocket out = sender.udp(family);
    var received = in.receiveDatagrams(count);
    assertEquals(
        (long) count * size, Peer.finish(out.sendDatagrams(count, size, remote, in.port())));
    assertEquals((long) count * size, Peer.finish(received));
  }
}
