package io.github.pidflow.dashboards;

import com.typesafe.config.Config;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A table panel: its answers joined by their labels, and its columns in order. */
final class TableView {
  private static final int MOST_ROWS = 12;
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Panel panel;
  private final List<Map<String, Object>> rows = new ArrayList<>();

  private TableView(Answers answers) {
    panel = answers.panel();
    Map<Map<String, String>, Map<String, Object>> byLabels = new LinkedHashMap<>();
    answers
        .series()
        .forEach(
            (target, series) -> {
              String column = answers.series().size() > 1 ? "Value #" + target.refId() : "Value";
              for (Series one : series) {
                byLabels
                    .computeIfAbsent(one.labels(), labels -> new LinkedHashMap<>(labels))
                    .put(column, one.last());
              }
            });
    rows.addAll(byLabels.values());
  }

  static String of(Answers answers) {
    return new TableView(answers).html();
  }

  /** The rows as the fields of a data link: text by name. */
  static List<Map<String, Object>> rows(Answers answers) {
    return new TableView(answers).rows;
  }

  private String html() {
    Map<Integer, String> order = new TreeMap<>();
    panel.columns("indexByName").forEach((name, index) -> order.put((Integer) index, name));
    Map<String, Object> hidden = panel.columns("excludeByName");
    List<String> columns =
        order.values().stream().filter(name -> !hidden.containsKey(name)).toList();

    StringBuilder html = new StringBuilder("<table><tr>");
    columns.forEach(name -> html.append("<th>").append(PreviewPage.escaped(shown(name))));
    sort();
    for (Map<String, Object> row : rows.subList(0, Math.min(MOST_ROWS, rows.size()))) {
      html.append("<tr>");
      columns.forEach(name -> html.append(cell(name, row.get(name))));
    }
    return html.append("</table>").toString();
  }

  private void sort() {
    if (panel.json().hasPath("options.sortBy")) {
      String by = panel.json().getConfigList("options.sortBy").get(0).getString("displayName");
      Comparator<Map<String, Object>> order =
          Comparator.comparingDouble(
              row ->
                  row.entrySet().stream()
                      .filter(entry -> shown(entry.getKey()).equals(by))
                      .mapToDouble(entry -> Double.parseDouble("0" + entry.getValue()))
                      .findFirst()
                      .orElse(0));
      rows.sort(order.reversed());
    }
  }

  private String cell(String column, Object value) {
    String unit = property(column, "unit", panel.unit());
    if (value instanceof Double number) {
      String bar = "";
      if (property(column, "custom.cellOptions", null) != null) {
        bar = "<i style='width:%.0f%%'></i>".formatted(Math.min(1, number) * 100);
      }
      return "<td class=n>" + bar + Units.text(number, unit);
    }
    String text = value == null ? "" : value.toString();
    if (unit.startsWith("dateTime") && !text.isEmpty()) {
      text = CLOCK.format(Instant.ofEpochSecond((long) Double.parseDouble(text)));
    }
    boolean isLink = property(column, "links", null) != null;
    return "<td" + (isLink ? " class=a>" : ">") + PreviewPage.escaped(text);
  }

  private String shown(String column) {
    return panel.columns("renameByName").getOrDefault(column, column).toString();
  }

  private String property(String column, String id, String otherwise) {
    for (Config override : panel.overrides()) {
      if (override.getString("matcher.options").equals(shown(column))) {
        for (Config property : override.getConfigList("properties")) {
          if (property.getString("id").equals(id)) {
            return property.getValue("value").unwrapped().toString();
          }
        }
      }
    }
    return otherwise;
  }
}
