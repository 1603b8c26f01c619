package io.github.pidflow.dashboards;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** One file of {@code grafana-dashboards}, read as strict JSON. */
record Dashboard(Path file, Config json) {
  private static final Path FOLDER = Path.of("grafana-dashboards");

  /** All dashboards, ordered by name. */
  static List<Dashboard> all() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .map(Dashboard::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Dashboard read(Path file) {
    ConfigParseOptions strict = ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON);
    return new Dashboard(file, ConfigFactory.parseFile(file.toFile(), strict));
  }

  String uid() {
    return json.getString("uid");
  }

  String title() {
    return json.getString("title");
  }

  /** All panels with data, that is, without the rows. */
  List<Panel> panels() {
    return json.getConfigList("panels").stream()
        .filter(panel -> !panel.getString("type").equals("row"))
        .map(Panel::new)
        .toList();
  }

  List<? extends Config> variables() {
    return json.getConfigList("templating.list");
  }

  List<? extends Config> variablesOfType(String type) {
    return variables().stream()
        .filter(variable -> variable.getString("type").equals(type))
        .toList();
  }

  String text() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return title();
  }
}
