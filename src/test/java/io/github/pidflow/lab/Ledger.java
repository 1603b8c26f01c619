package io.github.pidflow.lab;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** IP bytes by flow, as something other than pidflow saw them on the wire. */
public final class Ledger {
  private final Map<Flow, Long> bytes = new HashMap<>();

  void add(Flow flow, long ipBytes) {
    bytes.merge(flow, ipBytes, Long::sum);
  }

  /** Bytes of all flows that are like this. */
  public long sum(Predicate<Flow> like) {
    return bytes.entrySet().stream()
        .filter(entry -> like.test(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /**
   * What a peer moved: to and from its ports at its node's addresses. A packet on loopback, seen
   * once, is the sender's tx and the receiver's rx.
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

  /** Multicast or broadcast of another node: nothing else ends in 255 in a lab. */
  private static boolean toMany(Node node, Flow flow) {
    byte[] address = flow.destination().getAddress();
    boolean broadcast = address.length == 4 && address[3] == (byte) 255;
    return (broadcast || flow.destination().isMulticastAddress()) && !node.isLocal(flow.source());
  }

  /** One line a flow. */
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
