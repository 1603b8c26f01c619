package io.github.pidflow.sockets;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A connection tracking entry. Each tuple is the key of the socket at that end, if that socket is
 * in this network namespace: the originator sent the first packet to {@code original}'s remote end,
 * and the receiver answers to {@code reply}'s remote end.
 *
 * <p>Without NAT one is the other reversed. With NAT, packets are also captured under keys that no
 * socket has. The local end of each such key says whose socket it is:
 *
 * <pre>
 * local end            remote end           captured                                  socket of
 * original destination original source      what the receiver gets before DNAT,       receiver
 *                                           and its answers after that is undone
 * reply destination    reply source         what the originator sends after SNAT,     originator
 *                                           and its answers before that is undone
 * original source      reply source         its answers on a bridge whose netfilter   originator
 *                                           has undone SNAT, but not yet DNAT
 * reply source         original source      what the receiver gets on such a bridge   receiver
 *                                           after DNAT, but before SNAT
 * </pre>
 */
public record ConntrackEntry(SocketKey original, SocketKey reply) {

  /** The same flow with its ends exchanged. An echo has only one port, its id. */
  static SocketKey reversed(SocketKey key) {
    return between(remoteEnd(key), key);
  }

  /** The remote end as the local one, with an echo's id as its port. */
  private static SocketKey remoteEnd(SocketKey key) {
    int port = Protocol.isIcmp(key.protocol()) ? key.localPort() : key.remotePort();
    return SocketKey.bound(
        key.namespace(), key.protocol(), key.remoteHigh(), key.remoteLow(), port);
  }

  /** The key from the local end of one key to the local end of another. */
  private static SocketKey between(SocketKey local, SocketKey remote) {
    return new SocketKey(
        local.namespace(),
        local.protocol(),
        local.localHigh(),
        local.localLow(),
        local.localPort(),
        remote.localHigh(),
        remote.localLow(),
        Protocol.isIcmp(local.protocol()) ? 0 : remote.localPort());
  }

  boolean isTranslated() {
    return !original.equals(reversed(reply));
  }

  /** The keys, other than its own, under which packets of the originator's socket are captured. */
  private List<SocketKey> flowsOfOriginator() {
    return others(original, reversed(reply), between(original, reply));
  }

  /** The keys, other than its own, under which packets of the receiver's socket are captured. */
  private List<SocketKey> flowsOfReceiver() {
    return others(reply, reversed(original), between(reply, original));
  }

  private static List<SocketKey> others(SocketKey own, SocketKey... keys) {
    Set<SocketKey> others = new LinkedHashSet<>(List.of(own));
    others.addAll(List.of(keys));
    others.remove(own);
    return List.copyOf(others);
  }

  /** The keys under which packets of either socket are captured, other than that socket's own. */
  List<SocketKey> flows() {
    List<SocketKey> flows = new ArrayList<>(flowsOfOriginator());
    flows.addAll(flowsOfReceiver());
    return flows;
  }

  /**
   * Returns the key of the socket whose packets are captured under a key that is not its own; empty
   * if NAT does not change this flow, or if both sockets could be meant.
   */
  public Optional<SocketKey> socketOf(SocketKey flow) {
    if (flow.equals(original) || flow.equals(reply)) {
      return Optional.empty();
    }
    boolean sent = flowsOfOriginator().contains(flow);
    boolean received = flowsOfReceiver().contains(flow);
    return sent == received ? Optional.empty() : Optional.of(sent ? original : reply);
  }

  /** Returns the keys under which packets of one of the two sockets are captured. */
  public List<SocketKey> flowsOf(SocketKey socket) {
    return socket.equals(original) ? flowsOfOriginator() : flowsOfReceiver();
  }
}
