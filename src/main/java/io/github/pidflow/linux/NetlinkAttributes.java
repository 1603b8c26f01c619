package io.github.pidflow.linux;

import java.nio.ByteBuffer;

/**
 * Walks the attributes of a netlink message: {@code struct nlattr { u16 len; u16 type; }}, value,
 * padding to four. A length that lies ends the walk.
 */
public final class NetlinkAttributes {
  private static final int HEADER_BYTES = 4;
  private static final int TYPE_MASK = 0x3fff;

  private final ByteBuffer buffer;
  private final int end;
  private int next;
  private int type;
  private int valueAt;
  private int valueLength;

  /** Attributes of {@code buffer} from the absolute offset {@code start} to its limit. */
  public NetlinkAttributes(ByteBuffer buffer, int start) {
    this(buffer, start, buffer.limit());
  }

  private NetlinkAttributes(ByteBuffer buffer, int start, int end) {
    this.buffer = buffer;
    this.end = end;
    next = start;
  }

  /** Moves to the next attribute, if there is one. */
  public boolean next() {
    if (next < 0 || next + HEADER_BYTES > end) {
      return false;
    }
    int length = Short.toUnsignedInt(buffer.getShort(next));
    if (length < HEADER_BYTES || next + length > end) {
      return false;
    }
    type = Short.toUnsignedInt(buffer.getShort(next + 2)) & TYPE_MASK;
    valueAt = next + HEADER_BYTES;
    valueLength = length - HEADER_BYTES;
    next += length + 3 & ~3;
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

  /** The value as an integer in native order, 0 if it is too short to be one. */
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

  /** The attributes within this one. */
  public NetlinkAttributes nested() {
    return new NetlinkAttributes(buffer, valueAt, valueAt + valueLength);
  }
}
