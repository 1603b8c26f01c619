package io.github.pidflow.sockets;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.SocketKey;

/**
 * One socket as the kernel lists it.
 *
 * @param inode identifies it in {@code /proc/PID/fd}; 0 while no file is attached: not accepted
 *     yet, or closed by its process and still sending
 * @param cookie identifies it for good; 0 where the source does not tell
 * @param v6Only whether an IPv6 wildcard socket takes no IPv4 traffic
 */
public record KernelSocket(SocketKey key, long inode, long cookie, boolean v6Only) {
  public boolean isRaw() {
    return key.localPort() == 0;
  }

  /**
   * An IPv6 socket bound to any address takes IPv4 too, unless it was told not to. A raw socket,
   * which has no port, never does.
   */
  public boolean takesIpv4() {
    boolean wildcard = key.localHigh() == 0 && key.localLow() == 0 && !key.isConnected();
    return wildcard && !isRaw() && !v6Only;
  }

  /** Its port on any IPv4 address. */
  public SocketKey ipv4Alias() {
    return SocketKey.bound(
        key.namespace(), key.protocol(), 0, IpAddress.mapped(0), key.localPort());
  }
}
