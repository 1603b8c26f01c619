package io.github.pidflow.dashboards;

import com.typesafe.config.Config;
import io.github.pidflow.dashboards.Series.Sample;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A time series panel as SVG: lines or stacked areas, axis labels and a legend. */
final class Chart {
  private static final String[] COLORS = {
    "#73BF69", "#F2CC0C", "#5794F2", "#FF9830", "#F2495C", "#8AB8FF", "#B877D9", "#96D98D",
    "#FFEE52", "#705DA0", "#37872D", "#E0B400", "#1F60C4", "#FA6400", "#C4162A", "#8F3BB8"
  };
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int LEFT = 72;
  private static final int LEGEND_ROW = 16;
  private static final int LEGEND_ROWS = 5;

  private record Line(String name, String color, List<Sample> samples) {}

  private final Panel panel;
  private final int width;
  private final int height;
  private final StringBuilder svg = new StringBuilder();
  private double low;
  private double high;
  private double tick;
  private double from = Double.MAX_VALUE;
  private double to;

  private Chart(Panel panel, int width, int height) {
    this.panel = panel;
    this.width = width;
    this.height = height;
    boolean hasFloor =
        panel.json().hasPath("fieldConfig.defaults.min")
            || panel.json().hasPath("fieldConfig.defaults.custom.stacking");
    low = hasFloor ? 0 : Double.MAX_VALUE;
    high = hasFloor ? 0 : -Double.MAX_VALUE;
  }

  static String of(Answers answers, int width, int height) {
    return new Chart(answers.panel(), width, height).draw(lines(answers));
  }

  static String color(int index) {
    return COLORS[index % COLORS.length];
  }

  private static List<Line> lines(Answers answers) {
    List<Line> lines = new ArrayList<>();
    answers
        .series()
        .forEach(
            (target, series) -> {
              for (Series one : series) {
                String name = one.name(target.legend());
                List<Sample> samples = one.samples();
                if (isMirrored(answers.panel(), name)) {
                  samples = samples.stream().map(s -> new Sample(s.seconds(), -s.value())).toList();
                }
                lines.add(new Line(name, color(lines.size()), samples));
              }
            });
    return lines;
  }

  private static boolean isMirrored(Panel panel, String name) {
    for (Config override : panel.overrides()) {
      if (override.getString("matcher.id").equals("byRegexp")
          && name.matches(override.getString("matcher.options"))) {
        return true;
      }
    }
    return false;
  }

  private String draw(List<Line> lines) {
    boolean stacked = panel.json().hasPath("fieldConfig.defaults.custom.stacking");
    List<List<Sample[]>> shapes = new ArrayList<>();
    Map<Double, Double> ground = new TreeMap<>();
    for (Line line : lines) {
      List<Sample[]> shape = new ArrayList<>();
      for (Sample sample : line.samples()) {
        if (Double.isNaN(sample.value())) {
          continue;
        }
        double below = stacked ? ground.getOrDefault(sample.seconds(), 0.0) : 0;
        double top = below + sample.value();
        ground.put(sample.seconds(), top);
        shape.add(
            new Sample[] {new Sample(sample.seconds(), below), new Sample(sample.seconds(), top)});
        low = Math.min(low, top);
        high = Math.max(high, top);
        from = Math.min(from, sample.seconds());
        to = Math.max(to, sample.seconds());
      }
      shapes.add(shape);
    }
    scale();
    int rows = (lines.size() + columns() - 1) / columns();
    int bottom = height - 22 - LEGEND_ROW * Math.min(LEGEND_ROWS, rows);
    axes(bottom);
    for (int i = 0; i < lines.size(); i++) {
      shape(shapes.get(i), lines.get(i).color(), stacked, bottom);
      legend(lines.get(i), i, bottom + 34);
    }
    return "<svg width='%d' height='%d'>%s</svg>".formatted(width, height, svg);
  }

  /** Ticks at 1, 2 or 5 times a power of ten; the axis ends at ticks. */
  private void scale() {
    if (high == low) {
      high += low == 0 ? 1 : Math.abs(low) / 10;
    }
    double power = Math.pow(10, Math.floor(Math.log10((high - low) / 4)));
    double size = (high - low) / 4 / power;
    tick = power * (size <= 1 ? 1 : size <= 2 ? 2 : size <= 5 ? 5 : 10);
    low = Math.floor(low / tick) * tick;
    high = Math.ceil(high / tick - 1e-9) * tick;
  }

  private int columns() {
    return width > 500 ? 2 : 1;
  }

  private void axes(int bottom) {
    for (long i = Math.round(low / tick); i <= Math.round(high / tick); i++) {
      double value = i * tick;
      double y = y(value, bottom);
      line(LEFT, y, width, y);
      text(LEFT - 6, y + 4, "end", Units.text(Math.abs(value), panel.unit()));
    }
    for (int i = 0; i < 4; i++) {
      double seconds = from + (to - from) * (i + 0.5) / 4;
      text(x(seconds), bottom + 15, "middle", CLOCK.format(Instant.ofEpochSecond((long) seconds)));
    }
  }

  private void shape(List<Sample[]> shape, String color, boolean stacked, int bottom) {
    StringBuilder top = new StringBuilder();
    StringBuilder back = new StringBuilder();
    for (Sample[] pair : shape) {
      top.append(point(pair[1], bottom));
      back.insert(0, point(pair[0], bottom));
    }
    String area = "<polygon points='%s%s' fill='%s' fill-opacity='%s'/>";
    svg.append(area.formatted(top, back, color, stacked ? "0.6" : "0.1"));
    svg.append("<polyline points='%s' fill='none' stroke='%s'/>".formatted(top, color));
  }

  private void legend(Line line, int index, int y) {
    if (index >= columns() * LEGEND_ROWS) {
      return;
    }
    double mean =
        line.samples().stream()
            .mapToDouble(Sample::value)
            .filter(value -> !Double.isNaN(value))
            .average()
            .orElse(Double.NaN);
    int x = LEFT + index % columns() * (width - LEFT) / columns();
    int row = y + index / columns() * LEGEND_ROW;
    svg.append(
        "<rect x='%d' y='%d' width='12' height='3' fill='%s'/>"
            .formatted(x, row - 5, line.color()));
    text(x + 18, row, "start", line.name() + "  mean " + Units.text(Math.abs(mean), panel.unit()));
  }

  private double x(double seconds) {
    return LEFT + (width - LEFT) * (seconds - from) / Math.max(1, to - from);
  }

  private double y(double value, int bottom) {
    return 6 + (bottom - 6) * (high - value) / (high - low);
  }

  private String point(Sample sample, int bottom) {
    return String.format(Locale.ROOT, "%.1f,%.1f ", x(sample.seconds()), y(sample.value(), bottom));
  }

  private void line(double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='#2c3235'/>",
            x1,
            y1,
            x2,
            y2));
  }

  private void text(double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>",
            x,
            y,
            anchor,
            PreviewPage.escaped(text)));
  }
}
