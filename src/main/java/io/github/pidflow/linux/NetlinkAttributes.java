package io.github.pidflow.linux;

import java.nio.ByteBuffer;

/**
 * Walks the attributes of a netlink message, in native byte order. A length that is impossible ends
 * the walk.
 *
 * <pre>
 * struct nlattr
 * 0 u16 nla_len, with this header   2 u16 nla_type   4 value, padded to a multiple of 4
 * </pre>
 */
public final class NetlinkAttributes {
  private static final int LENGTH = 0;
  private static final int TYPE = 2;
  private static final int HEADER_BYTES = 4;
  private static final int ALIGNMENT = 4;
  private static final int TYPE_MASK = 0x3fff;

  private final ByteBuffer buffer;
  private final int end;
  private int next;
  private int type;
  private int valueAt;
  private int valueLength;

  /** Walks the attributes between the absolute offset {@code start} and the buffer's limit. */
  public NetlinkAttributes(ByteBuffer buffer, int start) {
    this(buffer, start, buffer.limit());
  }

  private NetlinkAttributes(ByteBuffer buffer, int start, int end) {
    this.buffer = buffer;
    this.end = end;
    next = start;
  }

  /** Moves to the next attribute; false at the end. */
  public boolean next() {
    if (next < 0 || next + HEADER_BYTES > end) {
      return false;
    }
    int length = Short.toUnsignedInt(buffer.getShort(next + LENGTH));
    if (length < HEADER_BYTES || next + length > end) {
      return false;
    }
    type = Short.toUnsignedInt(buffer.getShort(next + TYPE)) & TYPE_MASK;
    valueAt = next + HEADER_BYTES;
    valueLength = length - HEADER_BYTES;
    next += length + ALIGNMENT - 1 & -ALIGNMENT;
    return true;
  }

  public int type() {
    return type;
  }

  /** Absolute offset of the value in the buffer. */
  public int valueAt() {
    return valueAt;
  }

  public int valueLength() {
    return valueLength;
  }

  /** The value as an integer; 0 if it is too short to be one. */
  public int intValue() {
    return valueLength >= Integer.BYTES ? buffer.getInt(valueAt) : 0;
  }

  /** The value as a C string. */
  public String stringValue() {
    StringBuilder text = new StringBuilder(valueLength);
    for (int i = 0; i < valueLength && buffer.get(valueAt + i) != 0; i++) {
      text.append((char) (buffer.get(valueAt + i) & 0xff));
    }
    return text.toString();
  }

  /** A walk of the attributes nested in this one. */
  public NetlinkAttributes nested() {
    return new NetlinkAttributes(buffer, valueAt, valueAt + valueLength);
  }
}
