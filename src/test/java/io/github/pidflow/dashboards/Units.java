package io.github.pidflow.dashboards;

import java.util.Locale;

/** Formats numbers as Grafana does, in the units the dashboards use. */
final class Units {
  private static final String[] DECIMAL = {"", "k", "M", "G", "T"};
  private static final String[] BINARY = {"", "Ki", "Mi", "Gi", "Ti"};

  private Units() {}

  static String text(double value, String unit) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return switch (unit) {
      case "bytes" -> scaled(value, 1024, BINARY, " ") + "B";
      case "Bps" -> scaled(value, 1000, DECIMAL, " ") + "B/s";
      case "pps" -> scaled(value, 1000, DECIMAL, " ") + "p/s";
      case "cps" -> scaled(value, 1000, DECIMAL, " ") + "c/s";
      case "ops" -> scaled(value, 1000, DECIMAL, " ") + "ops/s";
      case "reqps" -> scaled(value, 1000, DECIMAL, " ") + "req/s";
      case "percentunit" -> digits(value * 100) + " %";
      case "s" -> seconds(value);
      case "bool_yes_no" -> value == 0 ? "No" : "Yes";
      case "none" -> digits(value);
      default -> throw new IllegalArgumentException("no unit " + unit);
    };
  }

  private static String scaled(double value, int base, String[] prefixes, String gap) {
    double rest = value;
    int power = 0;
    while (Math.abs(rest) >= base && power < prefixes.length - 1) {
      rest /= base;
      power++;
    }
    return digits(rest) + gap + prefixes[power];
  }

  private static String seconds(double value) {
    double size = Math.abs(value);
    if (size == 0 || size >= 1) {
      return size < 120 ? digits(value) + " s" : digits(value / 60) + " min";
    }
    return size < 1e-3 ? digits(value * 1e6) + " µs" : digits(value * 1e3) + " ms";
  }

  /** About three significant digits. */
  private static String digits(double value) {
    double size = Math.abs(value);
    if (size == Math.rint(size)) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f", value);
  }
}
