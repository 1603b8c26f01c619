package io.github.pidflow.cli;

import java.util.Locale;

/** Formats byte counts with three digits and a decimal unit, as the live page does. */
final class ByteFormat {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
  private static final double STEP = 1000;
  private static final double ROUNDS_TO_NEXT_UNIT = 999.5;
  private static final double ROUNDS_TO_THREE_DIGITS = 99.95;
  private static final double ROUNDS_TO_ZERO = 0.5;

  private ByteFormat() {}

  static String bytes(double bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= ROUNDS_TO_NEXT_UNIT && unit < UNITS.length - 1) {
      value /= STEP;
      unit++;
    }
    String format = unit == 0 || value >= ROUNDS_TO_THREE_DIGITS ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, value, UNITS[unit]);
  }

  static String rate(double bytesPerSecond) {
    return bytesPerSecond < ROUNDS_TO_ZERO ? "0" : bytes(bytesPerSecond) + "/s";
  }
}
