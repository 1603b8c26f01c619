package io.github.pidflow.lab;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** IP bytes by flow, as measured on the wire independently of pidflow. */
public final class Ledger {
  private final Map<Flow, Long> bytes = new HashMap<>();

  void add(Flow flow, long ipBytes) {
    bytes.merge(flow, ipBytes, Long::sum);
  }

  /** Bytes of all flows that match. */
  public long sum(Predicate<Flow> like) {
    return bytes.entrySet().stream()
        .filter(entry -> like.test(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /**
   * The bytes a peer moved: to and from its ports at its node's addresses. A packet on loopback,
   * seen once, is tx of the sender and rx of the receiver.
   */
  public Moved of(Peer peer) {
    Node node = peer.node();
    var ports = peer.ports();
    long tx =
        sum(
            flow ->
                node.isLocal(flow.source())
                    && ports.contains(new Peer.LocalPort(flow.protocol(), flow.sourcePort())));
    long rx =
        sum(
            flow ->
                (node.isLocal(flow.destination()) || toMany(node, flow))
                    && ports.contains(new Peer.LocalPort(flow.protocol(), flow.destinationPort())));
    return new Moved(rx, tx);
  }

  /** Multicast, or a broadcast of another node: no other address in a lab ends in 255. */
  private static boolean toMany(Node node, Flow flow) {
    byte[] address = flow.destination().getAddress();
    boolean broadcast = address.length == 4 && address[3] == (byte) 255;
    return (broadcast || flow.destination().isMulticastAddress()) && !node.isLocal(flow.source());
  }

  /** One line per flow. */
  @Override
  public String toString() {
    return bytes.entrySet().stream()
        .map(
            entry -> {
              Flow flow = entry.getKey();
              return "  %d %s:%d > %s:%d %d"
                  .formatted(
                      flow.protocol(),
                      flow.source().getHostAddress(),
                      flow.sourcePort(),
                      flow.destination().getHostAddress(),
                      flow.destinationPort(),
                      entry.getValue());
            })
        .sorted()
        .collect(Collectors.joining("\n"));
  }
}
