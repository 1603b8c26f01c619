package io.github.pidflow.dashboards;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The values that Grafana substitutes for a query's variables. */
record Variables(Map<String, String> values, Duration range) {
  private static final Pattern NAME = Pattern.compile("\\$(\\w+)");
  private static final Pattern REGEX_SYNTAX = Pattern.compile("[.*+?^${}()|\\[\\]\\\\/]");
  private static final int POINTS = 300;
  private static final long SCRAPE_SECONDS = 1;

  /** Everything selected, as when a dashboard is opened. */
  static Variables all(Dashboard dashboard, Duration range) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Config variable : dashboard.variables()) {
      switch (variable.getString("type")) {
        case "query" -> values.put(variable.getString("name"), variable.getString("allValue"));
        case "custom" ->
            values.put(variable.getString("name"), variable.getString("current.value"));
        default -> {} // The data source: there is one.
      }
    }
    return new Variables(values, range);
  }

  /** The same with one or more values of a variable selected. */
  Variables with(Map<String, String> chosen) {
    Map<String, String> merged = new LinkedHashMap<>(values);
    chosen.forEach((name, value) -> merged.put(name, quoted(value)));
    return new Variables(merged, range);
  }

  String in(String expression) {
    Matcher name = NAME.matcher(expression);
    return name.replaceAll(match -> Matcher.quoteReplacement(value(match.group(1))));
  }

  Duration step() {
    return Duration.ofSeconds(Math.max(SCRAPE_SECONDS, range.toSeconds() / POINTS));
  }

  private String value(String name) {
    return switch (name) {
      case "__range" -> range.toSeconds() + "s";
      case "__range_s" -> Long.toString(range.toSeconds());
      case "__rate_interval" ->
          Math.max(step().toSeconds() + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS) + "s";
      default -> {
        String value = values.get(name);
        if (value == null) {
          throw new IllegalArgumentException("no variable " + name);
        }
        yield value;
      }
    };
  }

  /** A regular expression that matches exactly this text, escaped for a PromQL string. */
  private static String quoted(String text) {
    return REGEX_SYNTAX.matcher(text).replaceAll("\\\\\\\\\\\\\\\\$0").replace("\"", "\\\"");
  }
}
