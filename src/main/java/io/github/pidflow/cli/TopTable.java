package io.github.pidflow.cli;

import io.github.pidflow.cli.TopClient.Entry;
import io.github.pidflow.cli.TopClient.Top;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Formats the output of {@code pidflow top}: a summary, column heads, and a line per process. */
final class TopTable {
  static final int HEAD_LINES = 2;

  private static final String FORMAT = "%8s %-16s %-10s %11s %11s %9s  %s";
  private static final int COMM = 16;
  private static final int USER = 10;

  private TopTable() {}

  /**
   * Formats the table.
   *
   * @param columns the width that lines are cut off at
   */
  static List<String> lines(Top top, String sort, int columns) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "rx %s  tx %s  %d processes, over %.1f s, by %s",
            ByteFormat.rate(top.rxBytesPerSecond()),
            ByteFormat.rate(top.txBytesPerSecond()),
            top.matchingProcesses(),
            top.measuredSeconds(),
            sort));
    lines.add(String.format(FORMAT, "PID", "COMM", "USER", "RX", "TX", "SUM", "UNIT"));
    for (Entry entry : top.processes()) {
      lines.add(line(entry));
    }
    return lines.stream().map(line -> cut(line, columns)).toList();
  }

  private static String line(Entry entry) {
    String place = entry.unit().isEmpty() ? entry.containerId() : entry.unit();
    return String.format(
        FORMAT,
        entry.pid(),
        cut(TopClient.printable(entry.comm()), COMM),
        cut(TopClient.printable(entry.user()), USER),
        ByteFormat.rate(entry.rxBytesPerSecond()),
        ByteFormat.rate(entry.txBytesPerSecond()),
        ByteFormat.bytes(entry.rxBytes() + (double) entry.txBytes()),
        TopClient.printable(place));
  }

  private static String cut(String text, int columns) {
    String stripped = text.stripTrailing();
    return stripped.codePointCount(0, stripped.length()) <= columns
        ? stripped
        : stripped.substring(0, stripped.offsetByCodePoints(0, columns));
  }
}
