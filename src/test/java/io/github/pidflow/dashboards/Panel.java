package io.github.pidflow.dashboards;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Map;

/** One panel of a dashboard. */
record Panel(Config json) {
  /** One query of a panel. */
  record Target(Config json) {
    String refId() {
      return json.getString("refId");
    }

    String expression() {
      return json.getString("expr");
    }

    boolean isInstant() {
      return json.hasPath("instant") && json.getBoolean("instant");
    }

    /** The legend of a series, with labels in double braces; empty for a table's. */
    String legend() {
      return json.hasPath("legendFormat") ? json.getString("legendFormat") : "";
    }
  }

  String type() {
    return json.getString("type");
  }

  String title() {
    return json.getString("title");
  }

  String description() {
    return json.getString("description");
  }

  String unit() {
    return json.getString("fieldConfig.defaults.unit");
  }

  List<Target> targets() {
    return json.getConfigList("targets").stream().<Target>map(Target::new).toList();
  }

  List<? extends Config> overrides() {
    return json.getConfigList("fieldConfig.overrides");
  }

  /** A table's column options: {@code excludeByName} and the like; empty for other panels. */
  Map<String, Object> columns(String option) {
    return json.hasPath("transformations")
        ? json.getConfigList("transformations").stream()
            .filter(one -> one.getString("id").equals("organize"))
            .findFirst()
            .orElseThrow()
            .getConfig("options." + option)
            .root()
            .unwrapped()
        : Map.of();
  }

  @Override
  public String toString() {
    return title();
  }
}
