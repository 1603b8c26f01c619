package io.github.pidflow.sockets;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;

/**
 * One socket as the kernel reports it.
 *
 * @param inode its number in {@code /proc/PID/fd}; 0 while no file is attached: the connection is
 *     not accepted yet, or its process has closed it and it is still sending
 * @param cookie the kernel's identifier, never reused; 0 if the source does not report it
 * @param v6Only whether an IPv6 wildcard socket refuses IPv4 traffic
 * @param uid the user that created it; root if it has no file any more
 */
public record KernelSocket(SocketKey key, long inode, long cookie, boolean v6Only, int uid) {
  /** A socket of root. */
  public KernelSocket(SocketKey key, long inode, long cookie, boolean v6Only) {
    this(key, inode, cookie, v6Only, 0);
  }

  /** Returns whether only a raw or ping socket can receive packets of a protocol. */
  public static boolean mayBeRaw(int protocol) {
    return switch (protocol) {
      case Protocol.TCP, Protocol.UDP, Protocol.UDPLITE -> false;
      default -> true;
    };
  }

  public boolean isRaw() {
    return key.localPort() == 0;
  }

  /**
   * Returns whether an IPv6 socket also receives IPv4 traffic: it is bound to the wildcard address
   * and IPV6_V6ONLY is off. A raw socket, which has no port, never does.
   */
  public boolean takesIpv4() {
    boolean wildcard = key.localHigh() == 0 && key.localLow() == 0 && !key.isConnected();
    return wildcard && !isRaw() && !v6Only;
  }

  /** The key of the same port on the IPv4 wildcard address. */
  public SocketKey ipv4Alias() {
    return SocketKey.bound(key.namespace(), key.protocol(), 0, IpAddress.mapped(0), key.localPort())
        .on(key.device());
  }

  KernelSocket in(int namespace) {
    return new KernelSocket(key.in(namespace), inode, cookie, v6Only, uid);
  }
}
