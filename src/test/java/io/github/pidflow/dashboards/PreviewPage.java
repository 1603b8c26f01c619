package io.github.pidflow.dashboards;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Approximates Grafana's rendering of the same answers in one HTML file, good enough to review a
 * dashboard without Grafana.
 */
final class PreviewPage {
  private static final int CELL_WIDTH = 60;
  private static final int CELL_HEIGHT = 38;
  private static final int GAP = 8;
  private static final String STYLE =
      """
      body { background: #111217; color: #ccccdc; font: 13px sans-serif; margin: 0 }
      h1 { font-size: 20px; font-weight: 500; margin: 14px 16px 0 }
      main { position: relative; margin: 12px }
      section { position: absolute; background: #181b1f; border: 1px solid #25272b;
                overflow: hidden; box-sizing: border-box; padding: 6px 10px }
      section.row { background: none; border: none; font-size: 16px; padding: 8px 2px }
      h2 { font-size: 14px; font-weight: 500; margin: 0 0 6px }
      svg text { font: 11px sans-serif; fill: #ccccdc }
      .stat { font-size: 34px; text-align: center; padding-top: 18px }
      table { border-collapse: collapse; width: 100%; font-size: 12px }
      th { text-align: left; color: #6e9fff; font-weight: 500 }
      td, th { padding: 4px 6px; border-bottom: 1px solid #25272b; white-space: nowrap;
               max-width: 150px; overflow: hidden; text-overflow: ellipsis }
      td.n { font-variant-numeric: tabular-nums }
      td.a { color: #6e9fff }
      td i { display: inline-block; height: 12px; background: #3274d9; margin-right: 6px;
             max-width: 60% }
      .bar { display: flex; align-items: center; font-size: 12px; height: 26px; white-space: nowrap }
      .bar b { height: 16px; background: linear-gradient(90deg, #1f60c4, #b877d9); margin-right: 6px }
      .bar span { width: 36%; overflow: hidden; text-overflow: ellipsis; flex: none }
      """;

  private PreviewPage() {}

  static void write(Path file, Dashboard dashboard, List<Answers> answers) throws IOException {
    StringBuilder html = new StringBuilder("<!doctype html><meta charset=utf-8><style>");
    html.append(STYLE).append("</style><h1>").append(dashboard.title()).append("</h1>");
    html.append("<main data-height=").append(height(dashboard)).append(">\n");
    for (Config panel : dashboard.json().getConfigList("panels")) {
      if (panel.getString("type").equals("row")) {
        html.append(section(panel, "row")).append(name(panel.getString("title")));
        html.append("</section>");
      }
    }
    for (Answers one : answers) {
      html.append(section(one.panel().json(), "panel"));
      html.append("<h2>").append(name(one.panel().title())).append("</h2>");
      html.append(body(one)).append("</section>");
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, html.append("</main>"));
  }

  /** The height of the whole page, including the title and the last panel. */
  private static int height(Dashboard dashboard) {
    return dashboard.json().getConfigList("panels").stream()
        .map(panel -> panel.getConfig("gridPos"))
        .mapToInt(place -> (place.getInt("y") + place.getInt("h")) * CELL_HEIGHT + 70)
        .max()
        .orElseThrow();
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String name(String title) {
    return escaped(title.replaceAll("\\$\\w+", "All"));
  }

  private static String body(Answers answers) {
    Config place = answers.panel().json().getConfig("gridPos");
    return switch (answers.panel().type()) {
      case "timeseries" ->
          Chart.of(
              answers,
              place.getInt("w") * CELL_WIDTH - GAP - 22,
              place.getInt("h") * CELL_HEIGHT - GAP - 42);
      case "stat" -> stat(answers);
      case "bargauge" -> bars(answers);
      case "table" -> TableView.of(answers);
      default -> throw new IllegalArgumentException(answers.panel().type());
    };
  }

  private static String stat(Answers answers) {
    double value = answers.series().values().iterator().next().get(0).last();
    return "<div class=stat>" + Units.text(value, answers.panel().unit()) + "</div>";
  }

  private static String bars(Answers answers) {
    StringBuilder html = new StringBuilder();
    for (Map.Entry<Panel.Target, List<Series>> entry : answers.series().entrySet()) {
      double most = entry.getValue().stream().mapToDouble(Series::last).max().orElse(1);
      for (Series series : entry.getValue()) {
        html.append("<div class=bar><span>")
            .append(escaped(series.name(entry.getKey().legend())))
            .append("</span><b style='width:")
            .append(Math.round(series.last() / most * 40))
            .append("%'></b>")
            .append(Units.text(series.last(), answers.panel().unit()))
            .append("</div>");
      }
    }
    return html.toString();
  }

  private static String section(Config panel, String kind) {
    Config place = panel.getConfig("gridPos");
    return "<section class=%s style='left:%dpx;top:%dpx;width:%dpx;height:%dpx'>"
        .formatted(
            kind,
            place.getInt("x") * CELL_WIDTH,
            place.getInt("y") * CELL_HEIGHT,
            place.getInt("w") * CELL_WIDTH - GAP,
            place.getInt("h") * CELL_HEIGHT - GAP);
  }
}
