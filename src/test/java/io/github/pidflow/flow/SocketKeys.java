package io.github.pidflow.flow;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Builds socket keys from addresses in text form. */
public final class SocketKeys {
  private SocketKeys() {}

  public static SocketKey bound(int protocol, String local, int localPort) {
    long[] address = address(local);
    return new SocketKey(protocol, address[0], address[1], localPort, 0, 0, 0);
  }

  public static SocketKey connected(
      int protocol, String local, int localPort, String remote, int remotePort) {
    long[] here = address(local);
    long[] there = address(remote);
    return new SocketKey(protocol, here[0], here[1], localPort, there[0], there[1], remotePort);
  }

  /** High and low half of an address; an IPv4 address, mapped or not, in its mapped form. */
  private static long[] address(String text) {
    try {
      byte[] bytes = InetAddress.getByName(text).getAddress();
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return bytes.length == 4
          ? new long[] {0, IpAddress.mapped(buffer.getInt())}
          : new long[] {buffer.getLong(), buffer.getLong()};
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
