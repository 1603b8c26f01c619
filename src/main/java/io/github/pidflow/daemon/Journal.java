package io.github.pidflow.daemon;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The systemd journal as the reader of the standard error. The journal stamps each line with a time
 * of its own and takes its priority from a prefix like {@code <4>} (sd-daemon(3)).
 */
final class Journal {
  static final int ERROR = 3;
  static final int WARNING = 4;
  static final int INFO = 6;
  static final int DEBUG = 7;

  /** Set by systemd to the device and inode of the stream, as {@code dev:ino} (systemd.exec(5)). */
  private static final String STREAM = "JOURNAL_STREAM";

  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Journal() {}

  /** Whether the journal reads the standard error of this process. */
  static boolean readsStandardError() {
    return reads(System.getenv(), STANDARD_ERROR);
  }

  /**
   * Whether the journal reads a stream. The variable alone does not say so: a process inherits it
   * even if its output goes to a file or a pipe.
   */
  static boolean reads(Map<String, String> environment, Path stream) {
    String journal = environment.get(STREAM);
    if (journal == null) {
      return false;
    }
    try {
      Map<String, Object> status = Files.readAttributes(stream, "unix:dev,ino");
      return journal.equals(status.get("dev") + ":" + status.get("ino"));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * If the journal reads the standard error, gives every line written to it a priority: {@link
   * #ERROR}, unless it has one already, as lines of the log do. Messages of several lines and stack
   * traces thus keep their priority to the end.
   */
  static void prefixStandardError() {
    if (readsStandardError()) {
      System.setErr(
          new PrintStream(
              new PriorityPrefix(new FileOutputStream(FileDescriptor.err), ERROR),
              true,
              Charset.defaultCharset()));
    }
  }
}
