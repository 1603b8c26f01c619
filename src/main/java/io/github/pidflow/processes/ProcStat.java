package io.github.pidflow.processes;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.StringTokenizer;

/**
 * The fields of proc_pid_stat(5) that identify a process.
 *
 * @param name the comm with its escapes: for comparison, and shown only if the comm file cannot be
 *     read
 * @param startTicks clock ticks since boot
 */
record ProcStat(String name, int parentPid, boolean kernelThread, int threads, long startTicks) {
  private static final long PF_KTHREAD = 0x0020_0000;

  /** The number of fields from {@code state}, the third, to {@code starttime}, the 22nd. */
  private static final int FIELDS_NEEDED = 20;

  /** Parses {@code pid (name) state ppid ...}; the name may contain blanks and parentheses. */
  static Optional<ProcStat> parse(byte[] stat) {
    String text = new String(stat, StandardCharsets.ISO_8859_1);
    int open = text.indexOf('(');
    int close = text.lastIndexOf(')');
    if (open < 0 || close < open) {
      return Optional.empty();
    }
    StringTokenizer fields = new StringTokenizer(text.substring(close + 1));
    if (fields.countTokens() < FIELDS_NEEDED) {
      return Optional.empty();
    }
    try {
      fields.nextToken(); // 3 state
      int parent = Integer.parseInt(fields.nextToken()); // 4 ppid
      skip(fields, 4);
      long flags = Long.parseLong(fields.nextToken()); // 9 flags
      skip(fields, 10);
      int threads = Integer.parseInt(fields.nextToken()); // 20 num_threads
      skip(fields, 1);
      long start = Long.parseLong(fields.nextToken()); // 22 starttime
      return Optional.of(
          new ProcStat(
              text.substring(open + 1, close), parent, (flags & PF_KTHREAD) != 0, threads, start));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static void skip(StringTokenizer fields, int count) {
    for (int i = 0; i < count; i++) {
      fields.nextToken();
    }
  }
}
