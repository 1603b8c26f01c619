package io.github.pidflow.host;

import io.github.pidflow.flow.IpAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Addresses from their literals. */
final class Addresses {
  private Addresses() {}

  static InterfaceAddress on(int interfaceIndex, String literal) {
    try {
      return on(interfaceIndex, InetAddress.getByName(literal));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }

  static InterfaceAddress on(int interfaceIndex, InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return bytes.limit() == 4
        ? new InterfaceAddress(interfaceIndex, 0, IpAddress.mapped(bytes.getInt()))
        : new InterfaceAddress(interfaceIndex, bytes.getLong(), bytes.getLong());
  }
}
