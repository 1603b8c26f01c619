package io.github.pidflow.host;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import java.util.BitSet;
import java.util.Collection;

/**
 * How the tunnels the kernel keeps in a network namespace look from outside. To be asked only about
 * what no process owns: a VPN or a tunnel that a process keeps is traffic of that process.
 *
 * <p>VXLAN and Geneve send to a port that their device tells, from one that is a hash of the inner
 * flow. WireGuard's device does not tell its port here, but its traffic has a socket at both ends,
 * and nobody holds it.
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
