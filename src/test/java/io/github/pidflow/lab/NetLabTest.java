package io.github.pidflow.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardProtocolFamily;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NetLabTest {
  @Test
  void shouldLeaveNothingBehind() {
    Node node;
    ProcessHandle process;
    try (NetLab lab = NetLab.create()) {
      node = lab.node();
      Peer peer = node.peer("leftover");
      peer.listen(StandardProtocolFamily.INET);
      process = ProcessHandle.of(peer.pid()).orElseThrow();
      assertTrue(Command.run(List.of("ip", "netns", "list")).contains(node.namespace()));
    }
    assertFalse(process.isAlive());
    assertFalse(Command.run(List.of("ip", "netns", "list")).contains(node.namespace()));
  }

  @Test
  void shouldConnectTwoNodesOverIpv4AndIpv6() {
    try (NetLab lab = NetLab.create()) {
      Node a = lab.node();
      Node b = lab.node();
      Link link = lab.link(a, b);
      a.ip("link", "set", link.name(), "mtu", "1400");

      assertTrue(a.run("ip", "link", "show", link.name()).contains("mtu 1400"));
      assertTrue(a.isLocal(link.a4()) && a.isLocal(link.a6()));
      assertFalse(a.isLocal(link.b4()));
      Peer peer = a.peer("pinger");
      assertTrue(peer.echo(link.b4(), 5000));
      assertTrue(peer.echo(link.b6(), 5000));
    }
  }

  @Test
  void shouldRunANamedPeerInItsNode() {
    try (NetLab lab = NetLab.create()) {
      Node node = lab.node();
      Peer peer = node.peer("first");
      peer.listen(StandardProtocolFamily.INET);

      String commOf = "/proc/" + peer.pid() + "/comm";
      assertEquals("first\n", node.run("cat", commOf));
      peer.rename("second");
      assertEquals("second\n", node.run("cat", commOf));
      assertEquals(
          node.namespace(),
          Command.run(List.of("ip", "netns", "identify", Long.toString(peer.pid()))).strip());
    }
  }

  @Test
  void shouldShowTheOutputOfAFailedCommand() {
    var failure =
        assertThrows(
            IllegalStateException.class,
            () -> Command.run(List.of("ip", "-n", "no-such-namespace", "link")));
    assertTrue(failure.getMessage().contains("no-such-namespace"), failure.getMessage());
  }
}
