package io.github.pidflow.exposition;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.util.concurrent.Semaphore;

/**
 * A response in memory. All responses together stay within one budget, however many clients do not
 * read theirs.
 */
final class AnswerBuffer extends Writer {
  private static final int UNIT_BYTES = 1 << 16;

  private final PageBuffer page = new PageBuffer();
  private final Budget budget;
  private int units;
  private char highSurrogate;

  /** What responses in progress may occupy. */
  static final class Budget {
    private final Semaphore free;

    Budget(int bytes) {
      free = new Semaphore(bytes / UNIT_BYTES);
    }
  }

  /** The budget is used up by other responses, which their clients have not read. */
  static final class NoRoom extends IOException {
    private static final long serialVersionUID = 1;

    private NoRoom() {
      super("other responses are being read too slowly");
    }
  }

  AnswerBuffer(Budget budget) {
    this.budget = budget;
  }

  @Override
  public void write(char[] text, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      write(text[i]);
    }
    reserve();
  }

  @Override
  public void write(String text, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      write(text.charAt(i));
    }
    reserve();
  }

  private void write(char c) {
    if (Character.isHighSurrogate(c)) {
      highSurrogate = c;
    } else if (Character.isLowSurrogate(c)) {
      page.codePoint(Character.toCodePoint(highSurrogate, c));
    } else {
      page.codePoint(c);
    }
  }

  private void reserve() throws IOException {
    while (page.length() > (long) units * UNIT_BYTES) {
      if (!budget.free.tryAcquire()) {
        throw new NoRoom();
      }
      units++;
    }
  }

  long length() {
    return page.length();
  }

  void writeTo(OutputStream out) throws IOException {
    page.writeTo(out);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    budget.free.release(units);
    units = 0;
  }
}
