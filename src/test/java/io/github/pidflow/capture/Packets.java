package io.github.pidflow.capture;

import java.nio.ByteBuffer;

/** Small packets, made by hand. */
final class Packets {
  private Packets() {}

  /** An IPv4 UDP packet of 32 bytes from 10.0.0.1 to 10.0.0.2. */
  static byte[] udp(int sourcePort, int destinationPort) {
    ByteBuffer packet = ByteBuffer.allocate(32);
    packet.put((byte) 0x45).put(2, (byte) 0).put(3, (byte) 32).put(8, (byte) 64);
    packet.put(9, (byte) 17).putInt(12, 0x0a00_0001).putInt(16, 0x0a00_0002);
    packet.putShort(20, (short) sourcePort).putShort(22, (short) destinationPort);
    packet.putShort(24, (short) 12);
    return packet.array();
  }

  /** The same behind an Ethernet header. */
  static byte[] ethernet(byte[] ipv4) {
    ByteBuffer frame = ByteBuffer.allocate(14 + ipv4.length);
    frame.putShort(12, (short) 0x0800);
    frame.put(14, ipv4);
    return frame.array();
  }
}
