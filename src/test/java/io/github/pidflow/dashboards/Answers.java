package io.github.pidflow.dashboards;

import io.github.pidflow.dashboards.Panel.Target;
import io.github.pidflow.lab.Prometheus;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prometheus's answers to the queries of a panel, all of the same time, as Grafana asks them. */
record Answers(Panel panel, Map<Target, List<Series>> series) {
  static Answers of(Panel panel, Variables variables, Prometheus prometheus, Instant at) {
    Map<Target, List<Series>> series = new LinkedHashMap<>();
    for (Target target : panel.targets()) {
      String expression = variables.in(target.expression());
      var answer =
          target.isInstant()
              ? prometheus.query(expression, at)
              : prometheus.query(expression, at, variables.range(), variables.step());
      series.put(target, answer.stream().<Series>map(Series::of).toList());
    }
    return new Answers(panel, series);
  }

  /** The queries without a result, or without a number in it. */
  List<String> empty() {
    return series.entrySet().stream()
        .filter(entry -> entry.getValue().stream().noneMatch(Series::hasNumber))
        .map(entry -> panel.title() + ": " + entry.getKey().expression())
        .toList();
  }
}
