package io.github.pidflow.recording;

import java.util.Locale;

/** Numbers of bytes for people. */
public final class Bytes {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};
  private static final int STEP = 1024;

  private Bytes() {}

  /** Like {@code 512B}, {@code 100MiB} or {@code 1.4GiB}. */
  public static String text(long bytes) {
    if (bytes < STEP) {
      return bytes + "B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= STEP && unit < UNITS.length - 1) {
      value /= STEP;
      unit++;
    }
    String number = String.format(Locale.ROOT, "%.1f", value);
    return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number)
        + UNITS[unit];
  }
}
