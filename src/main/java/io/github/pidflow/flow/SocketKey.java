package io.github.pidflow.flow;

/**
 * Identifies a socket by its five-tuple, as seen from this host, and its network namespace: the
 * same five-tuple in two namespaces is two sockets. Addresses are two longs each, see {@link
 * IpAddress}. The remote address and port of a socket that is not connected are 0.
 *
 * @param namespace pidflow's number of the network namespace, 0 for its own
 * @param protocol IP protocol number, see {@link Protocol}
 * @param localPort for an ICMP socket the echo id
 * @param device the index of the interface that a UDP socket is bound to (SO_BINDTODEVICE), or 0:
 *     it has nothing to do with packets on others
 */
public record SocketKey(
    int namespace,
    int protocol,
    long localHigh,
    long localLow,
    int localPort,
    long remoteHigh,
    long remoteLow,
    int remotePort,
    int device) {

  @Override
  public int hashCode() {
    long ports = FlowHash.ports(namespace, protocol, localPort, remotePort);
    return (int)
        (FlowHash.of(ports, localLow, remoteLow, localHigh, remoteHigh, device) >>> Integer.SIZE);
  }

  /** A socket that is not bound to an interface. */
  public SocketKey(
      int namespace,
      int protocol,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    this(namespace, protocol, localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort, 0);
  }

  /** A socket in the daemon's own network namespace. */
  public SocketKey(
      int protocol,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    this(0, protocol, localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort);
  }

  /** A socket in the daemon's own network namespace that is bound and not connected. */
  public static SocketKey bound(int protocol, long high, long low, int port) {
    return bound(0, protocol, high, low, port);
  }

  /** A socket that is bound and not connected. */
  public static SocketKey bound(int namespace, int protocol, long high, long low, int port) {
    return new SocketKey(namespace, protocol, high, low, port, 0, 0, 0);
  }

  /** The same five-tuple in another network namespace. */
  public SocketKey in(int otherNamespace) {
    return new SocketKey(
        otherNamespace,
        protocol,
        localHigh,
        localLow,
        localPort,
        remoteHigh,
        remoteLow,
        remotePort,
        device);
  }

  /** The same five-tuple of a socket that is bound to an interface, 0 if it is not. */
  public SocketKey on(int otherDevice) {
    return new SocketKey(
        namespace,
        protocol,
        localHigh,
        localLow,
        localPort,
        remoteHigh,
        remoteLow,
        remotePort,
        otherDevice);
  }

  /** The socket of a segment, whose direction must have been set. */
  public static SocketKey of(Segment segment) {
    return new SocketKey(
        segment.namespace(),
        segment.protocol(),
        segment.localHigh(),
        segment.localLow(),
        segment.localPort(),
        segment.remoteHigh(),
        segment.remoteLow(),
        segment.remotePort());
  }

  /** The socket that is bound to the same address and port and not connected. */
  public SocketKey withoutRemote() {
    return bound(namespace, protocol, localHigh, localLow, localPort).on(device);
  }

  /** The socket that is bound to the same port of the wildcard address of the same family. */
  public SocketKey wildcard() {
    return bound(namespace, protocol, 0, IpAddress.anyLow(localHigh, localLow), localPort)
        .on(device);
  }

  /** Whether both have the same port of the same protocol and network namespace. */
  public boolean isSamePort(SocketKey other) {
    return namespace == other.namespace
        && protocol == other.protocol
        && localPort == other.localPort;
  }

  public boolean isConnected() {
    return remotePort != 0 || remoteHigh != 0 || remoteLow != 0;
  }

  @Override
  public String toString() {
    return (namespace == 0 ? "" : "namespace " + namespace + ' ')
        + Protocol.name(protocol)
        + ' '
        + endpoint(localHigh, localLow, localPort)
        + ' '
        + (isConnected() ? endpoint(remoteHigh, remoteLow, remotePort) : "*")
        + (device == 0 ? "" : " on interface " + device);
  }

  private static String endpoint(long high, long low, int port) {
    String address = IpAddress.toString(high, low);
    return (IpAddress.isMapped(high, low) ? address : '[' + address + ']') + ':' + port;
  }
}
