package io.github.pidflow.sockets;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKeys;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A sock_diag message of a little-endian Linux 6.18, without its netlink header, and the socket it
 * describes. Events are truncated after the attribute that names their protocol.
 */
record RecordedSocket(String name, int protocol, String hex, KernelSocket socket) {
  private static final String ZEROS_12 = "0".repeat(24);
  private static final String ZEROS_16 = "0".repeat(32);
  private static final String V4_LOOPBACK = "7f000001" + ZEROS_12;
  private static final String V6_LOOPBACK = "0".repeat(31) + "1";
  private static final String MAPPED_LOOPBACK = "00000000000000000000ffff7f000001";
  private static final String TAIL = "08000f00000000000c00150001000000000000000600160052000000";

  static final RecordedSocket TCP4_LISTENER =
      new RecordedSocket(
          "TCP4_LISTENER",
          Protocol.TCP,
          "020a0000b7990000"
              + V4_LOOPBACK
              + ZEROS_16
              + "00000000ac03000000000000"
              + "00000000010000008000000000000000db081000"
              + "0500080000000000"
              + TAIL,
          new KernelSocket(
              SocketKeys.bound(Protocol.TCP, "127.0.0.1", 47001), 1050843, 940, false));

  static final RecordedSocket TCP4_NOT_ACCEPTED =
      new RecordedSocket(
          "TCP4_NOT_ACCEPTED",
          Protocol.TCP,
          "02010000b799b7a3"
              + V4_LOOPBACK
              + V4_LOOPBACK
              + "00000000ad03000000000000"
              + "0000000000000000000000000000000000000000"
              + "0500080000000000"
              + TAIL,
          new KernelSocket(
              SocketKeys.connected(Protocol.TCP, "127.0.0.1", 47001, "127.0.0.1", 47011),
              0,
              941,
              false));

  static final RecordedSocket TCP4 =
      new RecordedSocket(
          "TCP4",
          Protocol.TCP,
          "02010000b7a3b799"
              + V4_LOOPBACK
              + V4_LOOPBACK
              + "00000000ae03000000000000"
              + "000000000000000000000000"
              + "00000000df081000"
              + "0500080000000000"
              + TAIL,
          new KernelSocket(
              SocketKeys.connected(Protocol.TCP, "127.0.0.1", 47011, "127.0.0.1", 47001),
              1050847,
              942,
              false));

  static final RecordedSocket TCP6 =
      new RecordedSocket(
          "TCP6",
          Protocol.TCP,
          "0a010000b7a4b79a"
              + V6_LOOPBACK
              + V6_LOOPBACK
              + "00000000b303000000000000"
              + "000000000000000000000000"
              + "00000000e0081000"
              + "0500080000000000"
              + TAIL,
          new KernelSocket(
              SocketKeys.connected(Protocol.TCP, "::1", 47012, "::1", 47002), 1050848, 947, false));

  static final RecordedSocket TCP6_MAPPED =
      new RecordedSocket(
          "TCP6_MAPPED",
          Protocol.TCP,
          "0a010000b7a5b79b"
              + MAPPED_LOOPBACK
              + MAPPED_LOOPBACK
              + "00000000b403000000000000"
              + "000000000000000000000000"
              + "00000000e1081000"
              + "0500080000000000"
              + TAIL,
          new KernelSocket(
              SocketKeys.connected(Protocol.TCP, "127.0.0.1", 47013, "127.0.0.1", 47003),
              1050849,
              948,
              false));

  static final RecordedSocket TCP6_LISTENER =
      new RecordedSocket(
          "TCP6_LISTENER",
          Protocol.TCP,
          "0a0a0000b79b0000"
              + ZEROS_16
              + ZEROS_16
              + "00000000b003000000000000"
              + "000000000100000080000000"
              + "00000000dd081000"
              + "0500080000000000"
              + "05000b0000000000"
              + TAIL,
          new KernelSocket(SocketKeys.bound(Protocol.TCP, "::", 47003), 1050845, 944, false));

  static final RecordedSocket TCP6_ONLY_LISTENER =
      new RecordedSocket(
          "TCP6_ONLY_LISTENER",
          Protocol.TCP,
          "0a0a0000b79c0000"
              + ZEROS_16
              + ZEROS_16
              + "00000000af03000000000000"
              + "000000000000000080000000"
              + "00000000de081000"
              + "0500080000000000"
              + "05000b0001000000"
              + TAIL,
          new KernelSocket(SocketKeys.bound(Protocol.TCP, "::", 47004), 1050846, 943, true));

  static final RecordedSocket UDP4_BOUND =
      new RecordedSocket(
          "UDP4_BOUND",
          Protocol.UDP,
          "02070000b7ad0000"
              + ZEROS_16
              + ZEROS_16
              + "00000000b603000000000000"
              + "000000000000000000000000"
              + "00000000e2081000"
              + "0500080000000000"
              + TAIL,
          new KernelSocket(SocketKeys.bound(Protocol.UDP, "0.0.0.0", 47021), 1050850, 950, false));

  static final RecordedSocket UDP4_CONNECTED =
      new RecordedSocket(
          "UDP4_CONNECTED",
          Protocol.UDP,
          "02010000b7aeb7ad"
              + V4_LOOPBACK
              + V4_LOOPBACK
              + "00000000b703000000000000"
              + "000000000000000000000000"
              + "00000000e3081000"
              + "0500080000000000"
              + TAIL,
          new KernelSocket(
              SocketKeys.connected(Protocol.UDP, "127.0.0.1", 47022, "127.0.0.1", 47021),
              1050851,
              951,
              false));

  static final RecordedSocket UDP6_ONLY_BOUND =
      new RecordedSocket(
          "UDP6_ONLY_BOUND",
          Protocol.UDP,
          "0a070000b7b00000"
              + ZEROS_16
              + ZEROS_16
              + "00000000b903000000000000"
              + "000000000000000000000000"
              + "00000000e5081000"
              + "0500080000000000"
              + "05000b0001000000"
              + TAIL,
          new KernelSocket(SocketKeys.bound(Protocol.UDP, "::", 47024), 1050853, 953, true));

  static final RecordedSocket UDP6_DESTROYED =
      new RecordedSocket(
          "UDP6_DESTROYED",
          Protocol.UDP,
          "0a070000b7af0000"
              + ZEROS_16
              + ZEROS_16
              + "00000000b803000000000000"
              + "0000000000000000ffffffff0000000000000000"
              + "05000a0011000000",
          new KernelSocket(SocketKeys.bound(Protocol.UDP, "::", 47023), 0, 952, false));

  static final RecordedSocket TCP4_DESTROYED =
      new RecordedSocket(
          "TCP4_DESTROYED",
          Protocol.TCP,
          "02070000b7a3b799"
              + V4_LOOPBACK
              + V4_LOOPBACK
              + "00000000ae03000000000000"
              + "0000000000000000010000000000000000000000"
              + "05000a0006000000",
          new KernelSocket(
              SocketKeys.connected(Protocol.TCP, "127.0.0.1", 47011, "127.0.0.1", 47001),
              0,
              942,
              false));

  static final List<RecordedSocket> ALL =
      List.of(
          TCP4_LISTENER,
          TCP4_NOT_ACCEPTED,
          TCP4,
          TCP6,
          TCP6_MAPPED,
          TCP6_LISTENER,
          TCP6_ONLY_LISTENER,
          UDP4_BOUND,
          UDP4_CONNECTED,
          UDP6_ONLY_BOUND,
          UDP6_DESTROYED,
          TCP4_DESTROYED);

  int length() {
    return hex.length() / 2;
  }

  byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  /** The message truncated to a length. */
  ByteBuffer message(int length) {
    return message(bytes(), length);
  }

  static ByteBuffer message(byte[] bytes, int length) {
    return ByteBuffer.wrap(Arrays.copyOf(bytes, length)).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public String toString() {
    return name;
  }
}
