package io.github.pidflow.host;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import java.util.BitSet;
import java.util.Collection;

/**
 * Recognizes the outer packets of the tunnels that the kernel runs in a network namespace. Only to
 * be asked about segments that no process owns: the traffic of a VPN or tunnel process belongs to
 * that process.
 *
 * <p>VXLAN and Geneve send to a port that rtnetlink reports, from a source port that is a hash of
 * the inner flow. rtnetlink does not report WireGuard's port, but its packets do have a socket in
 * the kernel, which no process holds.
 */
final class TunnelPorts {
  private final BitSet ports;
  private final boolean wireGuard;

  private TunnelPorts(BitSet ports, boolean wireGuard) {
    this.ports = ports;
    this.wireGuard = wireGuard;
  }

  static TunnelPorts of(Collection<NetworkInterface> interfaces) {
    BitSet ports = new BitSet();
    interfaces.forEach(each -> ports.set(each.tunnelPort()));
    ports.clear(0);
    return new TunnelPorts(
        ports, interfaces.stream().anyMatch(each -> each.kind().equals("wireguard")));
  }

  boolean isTunnel(Segment segment, boolean kernelSocket) {
    return switch (segment.protocol()) {
      case Protocol.IPIP,
          Protocol.IPV6_IN_IP,
          Protocol.GRE,
          Protocol.ESP,
          Protocol.AH,
          Protocol.L2TP ->
          true;
      case Protocol.UDP ->
          ports.get(segment.destinationPort())
              || ports.get(segment.sourcePort())
              || (wireGuard && kernelSocket);
      default -> false;
    };
  }
}
