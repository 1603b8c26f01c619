package io.github.pidflow.exposition;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/**
 * Text as the UTF-8 it is sent as, in blocks that are kept for the next page. What is written is
 * encoded where it will stay: no string, buffer or encoder comes in between, and no block is ever
 * copied to a larger one.
 *
 * <p>Simpleclient writes into it as a {@link Writer}, character by character where it escapes.
 */
final class PageText extends Writer {
  /** Also what is handed to the socket at once. */
  private static final int BLOCK_BYTES = 1 << 16;

  /** How much can be written at once. */
  static final int MAX_PIECE = BLOCK_BYTES;

  /** The digits of {@link Long#MIN_VALUE} and its sign. */
  private static final int MAX_DIGITS = 20;

  private static final int MAX_UTF8_BYTES = 4;
  private static final char REPLACEMENT = '\ufffd';

  private final List<Block> blocks = new ArrayList<>(List.of(new Block()));
  private int current;

  /** The current block's bytes, and how many of them are in use. */
  private byte[] block = blocks.get(0).bytes;

  private int used;
  private char highSurrogate;

  private static final class Block {
    private final byte[] bytes = new byte[BLOCK_BYTES];

    /** Bytes in use, once there is a next block. */
    private int length;
  }

  /** Where a text ends, to come back to. */
  record Mark(int block, int used) {}

  Mark mark() {
    return new Mark(current, used);
  }

  /** Takes back what was written since. */
  void reset(Mark mark) {
    current = mark.block;
    block = blocks.get(current).bytes;
    used = mark.used;
    highSurrogate = 0;
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

  /** Takes back the last text again, which was this, ASCII, and written at once. */
  void takeBack(String last) {
    int start = used - last.length();
    for (int i = 0; i < last.length(); i++) {
      if (start < 0 || block[start + i] != last.charAt(i)) {
        throw new IllegalStateException("the text does not end with " + last);
      }
    }
    used = start;
  }

  /** Characters of ASCII, as they are. */
  @SuppressWarnings("deprecation") // it drops what is beyond ASCII, where there is nothing
  PageText ascii(String text) {
    int length = text.length();
    reserve(length);
    text.getBytes(0, length, block, used);
    used += length;
    return this;
  }

  PageText ascii(char c) {
    reserve(1);
    block[used++] = (byte) c;
    return this;
  }

  /** A whole number, every digit of it. */
  PageText digits(long value) {
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

  @Override
  public void write(int c) {
    put((char) c);
  }

  @Override
  public void write(String text, int offset, int length) {
    if (length <= BLOCK_BYTES / MAX_UTF8_BYTES) {
      reserve(length * MAX_UTF8_BYTES); // in one piece
    }
    for (int i = offset; i < offset + length; i++) {
      put(text.charAt(i));
    }
  }

  @Override
  public void write(char[] text, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      put(text[i]);
    }
  }

  /** One UTF-16 character; the first half of a pair waits for the second. */
  void put(char c) {
    reserve(MAX_UTF8_BYTES);
    if (c < 0x80 && highSurrogate == 0) {
      block[used++] = (byte) c;
    } else {
      putBeyondAscii(c);
    }
  }

  private void putBeyondAscii(char c) {
    char high = highSurrogate;
    highSurrogate = 0;
    if (high != 0) {
      if (Character.isLowSurrogate(c)) {
        int codePoint = Character.toCodePoint(high, c);
        block[used++] = (byte) (0xf0 | codePoint >> 18);
        block[used++] = continuation(codePoint >> 12);
        block[used++] = continuation(codePoint >> 6);
        block[used++] = continuation(codePoint);
        return;
      }
      putBeyondAscii(REPLACEMENT);
      put(c);
    } else if (c < 0x80) {
      block[used++] = (byte) c;
    } else if (c < 0x800) {
      block[used++] = (byte) (0xc0 | c >> 6);
      block[used++] = continuation(c);
    } else if (Character.isHighSurrogate(c)) {
      highSurrogate = c;
    } else {
      char shown = Character.isLowSurrogate(c) ? REPLACEMENT : c;
      block[used++] = (byte) (0xe0 | shown >> 12);
      block[used++] = continuation(shown >> 6);
      block[used++] = continuation(shown);
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

  @Override
  public void flush() {
    // All of it is where it is to be.
  }

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
