package io.github.pidflow.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Starts each line with a priority for the journal, unless the line starts with one already. */
final class PriorityPrefix extends OutputStream {
  private static final int PREFIX_BYTES = 3; // such as <3>

  private final OutputStream out;
  private final byte[] prefix;
  private boolean atLineStart = true;

  PriorityPrefix(OutputStream out, int priority) {
    this.out = out;
    prefix = ("<" + priority + ">").getBytes(US_ASCII);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteArrayOutputStream prefixed = new ByteArrayOutputStream(length + PREFIX_BYTES);
    int end = offset + length;
    for (int i = offset; i < end; i++) {
      if (atLineStart && !hasPrefix(bytes, i, end)) {
        prefixed.writeBytes(prefix);
      }
      prefixed.write(bytes[i]);
      atLineStart = bytes[i] == '\n';
    }
    // One write, so that lines of several threads are not torn apart.
    prefixed.writeTo(out);
  }

  private static boolean hasPrefix(byte[] bytes, int at, int end) {
    return end - at >= PREFIX_BYTES
        && bytes[at] == '<'
        && bytes[at + 1] >= '0'
        && bytes[at + 1] <= '7'
        && bytes[at + 2] == '>';
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
