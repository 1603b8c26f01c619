package io.github.pidflow.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads values in network order from a buffer of any byte order. A ring's buffer is in native order
 * because of the kernel's structs, and switching its order back and forth would cost a write per
 * packet.
 */
final class BigEndian {
  private static final VarHandle SHORT =
      MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private BigEndian() {}

  static int uint8(ByteBuffer buffer, int offset) {
    return buffer.get(offset) & 0xff;
  }

  static int uint16(ByteBuffer buffer, int offset) {
    return (short) SHORT.get(buffer, offset) & 0xffff;
  }

  static int int32(ByteBuffer buffer, int offset) {
    return (int) INT.get(buffer, offset);
  }

  static long int64(ByteBuffer buffer, int offset) {
    return (long) LONG.get(buffer, offset);
  }
}
