package io.github.pidflow.exposition;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of a page, in blocks that are kept for the next page. Text is encoded as UTF-8 where it
 * will stay: there is no string, buffer or encoder in between, and no block is ever copied to a
 * larger one.
 */
final class PageBuffer {
  /** Also the number of bytes handed to the socket at once. */
  private static final int BLOCK_BYTES = 1 << 16;

  /** The longest text that can be written at once. */
  static final int MAX_PIECE = BLOCK_BYTES;

  /** The digits of {@link Long#MIN_VALUE} and its sign. */
  private static final int MAX_DIGITS = 20;

  private static final int MAX_UTF8_BYTES = 4;

  private final List<Block> blocks = new ArrayList<>(List.of(new Block()));
  private int current;

  /** The current block's bytes, and how many of them are in use. */
  private byte[] block = blocks.get(0).bytes;

  private int used;

  private static final class Block {
    private final byte[] bytes = new byte[BLOCK_BYTES];

    /** Bytes in use; valid once there is a next block. */
    private int length;
  }

  /** A position to come back to. */
  record Mark(int block, int used) {}

  Mark mark() {
    return new Mark(current, used);
  }

  /** Drops everything written since the mark. */
  void reset(Mark mark) {
    current = mark.block;
    block = blocks.get(current).bytes;
    used = mark.used;
  }

  void clear() {
    reset(new Mark(0, 0));
  }

  long length() {
    long length = used;
    for (int i = 0; i < current; i++) {
      length += blocks.get(i).length;
    }
    return length;
  }

  @SuppressWarnings("deprecation") // it drops the high bytes, which are 0 in ASCII
  PageBuffer ascii(String text) {
    int length = text.length();
    reserve(length);
    text.getBytes(0, length, block, used);
    used += length;
    return this;
  }

  PageBuffer ascii(char c) {
    reserve(1);
    block[used++] = (byte) c;
    return this;
  }

  /** Writes a whole number, every digit of it. */
  PageBuffer digits(long value) {
    reserve(MAX_DIGITS);
    if (value < 0) {
      block[used++] = '-';
    }
    int digits = 1;
    for (long rest = value / 10; rest != 0; rest /= 10) {
      digits++;
    }
    long rest = value;
    for (int at = used + digits - 1; at >= used; at--) {
      block[at] = (byte) ('0' + Math.abs(rest % 10));
      rest /= 10;
    }
    used += digits;
    return this;
  }

  /** Writes a Unicode code point other than a surrogate. */
  void codePoint(int c) {
    reserve(MAX_UTF8_BYTES);
    if (c < 0x80) {
      block[used++] = (byte) c;
    } else if (c < 0x800) {
      block[used++] = (byte) (0xc0 | c >> 6);
      block[used++] = continuation(c);
    } else if (c < 0x10000) {
      block[used++] = (byte) (0xe0 | c >> 12);
      block[used++] = continuation(c >> 6);
      block[used++] = continuation(c);
    } else {
      block[used++] = (byte) (0xf0 | c >> 18);
      block[used++] = continuation(c >> 12);
      block[used++] = continuation(c >> 6);
      block[used++] = continuation(c);
    }
  }

  private static byte continuation(int bits) {
    return (byte) (0x80 | (bits & 0x3f));
  }

  /** Makes room for so many bytes in one block. */
  private void reserve(int bytes) {
    if (block.length - used < bytes) {
      nextBlock(bytes);
    }
  }

  private void nextBlock(int bytes) {
    if (bytes > BLOCK_BYTES) {
      throw new IllegalArgumentException(bytes + " bytes at once");
    }
    blocks.get(current).length = used;
    current++;
    if (current == blocks.size()) {
      blocks.add(new Block());
    }
    block = blocks.get(current).bytes;
    used = 0;
  }

  void writeTo(OutputStream out) throws IOException {
    for (int i = 0; i < current; i++) {
      out.write(blocks.get(i).bytes, 0, blocks.get(i).length);
    }
    out.write(block, 0, used);
  }
}
