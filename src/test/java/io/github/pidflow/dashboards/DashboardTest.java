package io.github.pidflow.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.github.pidflow.dashboards.Panel.Target;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of Grafana's dashboard-linter, a Go program that this build does not use, and some
 * more: links have targets, variables exist, panels do not overlap.
 */
@Timeout(30)
class DashboardTest {
  private static final Pattern METRIC =
      Pattern.compile("\\b((?:pidflow|process|jvm|scrape)_\\w+|up)\\b(\\{[^}]*})?");
  private static final Pattern RANGE = Pattern.compile("(\\w+)\\([^\\[\\]()]*\\[([^\\]]*)]");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)");
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");
  private static final Pattern DASHBOARD_LINK = Pattern.compile("/d/([\\w-]+)");
  private static final Pattern SET_VARIABLE = Pattern.compile("[?&]var-(\\w+)=");
  private static final Pattern COLUMN = Pattern.compile("\\$\\{__data\\.fields\\.(\\w+)}");

  /** Grafana's names of the units in use here. */
  private static final Set<String> UNITS =
      Set.of("none", "bytes", "Bps", "pps", "cps", "ops", "reqps", "percentunit", "s");

  private static final Set<String> BUILT_IN =
      Set.of(
          "__all",
          "__rate_interval",
          "__range",
          "__range_s",
          "__url_time_range",
          "__field",
          "__data");

  static List<Dashboard> dashboards() {
    return Dashboard.all();
  }

  @Test
  void shouldBeTheTwoListedInTheReadme() {
    assertEquals(
        List.of("pidflow-health", "pidflow-process-traffic"),
        Dashboard.all().stream().map(Dashboard::uid).toList());
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldBeReadOnlyAndUseTheClassicSchema(Dashboard dashboard) {
    assertFalse(dashboard.json().getBoolean("editable"));
    int schema = dashboard.json().getInt("schemaVersion");
    assertTrue(schema >= 36 && schema <= 39, () -> "schemaVersion " + schema);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldOfferADataSourceVariable(Dashboard dashboard) {
    List<? extends Config> sources = dashboard.variablesOfType("datasource");

    assertEquals(1, sources.size());
    assertEquals("datasource", sources.get(0).getString("name"));
    assertEquals("Data source", sources.get(0).getString("label"));
    assertEquals("prometheus", sources.get(0).getString("query"));
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldOfferJobAndInstanceVariables(Dashboard dashboard) {
    for (String name : List.of("job", "instance")) {
      Config variable =
          dashboard.variablesOfType("query").stream()
              .filter(one -> one.getString("name").equals(name))
              .findFirst()
              .orElseThrow();

      assertEquals(name, variable.getString("label").toLowerCase(Locale.ROOT));
      assertTrue(variable.getBoolean("multi"));
      assertTrue(variable.getBoolean("includeAll"));
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldRefreshVariablesWhenTheTimeRangeChanges(Dashboard dashboard) {
    for (Config variable : dashboard.variablesOfType("query")) {
      String query = variable.getString("query");
      assertTrue(LABEL_VALUES.matcher(query).matches(), query);
      assertEquals(query, variable.getString("definition"));
      assertEquals(2, variable.getInt("refresh"), query);
      assertEquals("(?s).+", variable.getString("allValue"), query);
      assertEquals("$datasource", variable.getString("datasource.uid"), query);
    }
  }

  /** A process may put a newline in its name, and "." matches none unless told to. */
  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldMatchNamesWithANewline(Dashboard dashboard) {
    for (Config variable : dashboard.variablesOfType("query")) {
      String all = variable.getString("allValue");
      assertTrue("name\n".matches(all), all);
    }
    for (Panel panel : dashboard.panels()) {
      for (Config override : panel.overrides()) {
        String name = override.getString("matcher.options");
        if (override.getString("matcher.id").equals("byRegexp")) {
          assertTrue("na\nme\n received".matches(name), panel::title);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldDescribeEachPanel(Dashboard dashboard) {
    for (Panel panel : dashboard.panels()) {
      assertFalse(panel.title().isBlank());
      assertTrue(panel.description().endsWith("."), panel::title);
      assertTrue(UNITS.contains(panel.unit()), () -> panel + ": " + panel.unit());
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldQueryTheSelectedDataSourceInEachPanel(Dashboard dashboard) {
    for (Panel panel : dashboard.panels()) {
      assertEquals("$datasource", panel.json().getString("datasource.uid"), panel::title);
      assertFalse(panel.targets().isEmpty(), panel::title);
      Set<String> ids = new HashSet<>();
      for (Target target : panel.targets()) {
        assertEquals("$datasource", target.json().getString("datasource.uid"), panel::title);
        assertTrue(ids.add(target.refId()), panel::title);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldFilterByTheSelectedJobsAndInstances(Dashboard dashboard) {
    for (Target target : targets(dashboard)) {
      Matcher metric = METRIC.matcher(target.expression());
      int metrics = 0;
      while (metric.find()) {
        metrics++;
        String selector = String.valueOf(metric.group(2));
        assertTrue(
            selector.startsWith("{job=~\"$job\", instance=~\"$instance\""),
            () -> metric.group(1) + " in " + target.expression());
      }
      assertTrue(metrics > 0, target::expression);
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldUseTheRateIntervalForRatesAndTheRangeForIncreases(Dashboard dashboard) {
    for (Target target : targets(dashboard)) {
      String expression = target.expression();
      Matcher range = RANGE.matcher(expression);
      int ranges = 0;
      while (range.find()) {
        ranges++;
        boolean isRate = range.group(1).endsWith("rate");
        assertEquals(isRate ? "$__rate_interval" : "$__range", range.group(2), expression);
      }
      assertEquals(expression.chars().filter(c -> c == '[').count(), ranges, expression);
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldUseExactlyTheDeclaredVariables(Dashboard dashboard) {
    Set<String> used =
        VARIABLE
            .matcher(dashboard.text())
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    used.removeAll(BUILT_IN);

    assertEquals(new TreeSet<>(names(dashboard)), used);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldLinkToExistingDashboardsAndVariables(Dashboard dashboard) {
    Matcher url = Pattern.compile("\"url\": \"([^\"]*)\"").matcher(dashboard.text());
    int links = 0;
    while (url.find()) {
      links++;
      Matcher link = DASHBOARD_LINK.matcher(url.group(1));
      assertTrue(link.find(), url::group);
      Dashboard target =
          Dashboard.all().stream()
              .filter(one -> one.uid().equals(link.group(1)))
              .findFirst()
              .orElseThrow();
      Set<String> set =
          SET_VARIABLE
              .matcher(url.group(1))
              .results()
              .map(match -> match.group(1))
              .collect(Collectors.toSet());
      assertTrue(names(target).containsAll(set), url::group);
    }
    assertTrue(links > 0);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldLinkFromExistingColumns(Dashboard dashboard) {
    for (Panel panel : dashboard.panels()) {
      Matcher column = COLUMN.matcher(panel.json().root().render());
      while (column.find()) {
        assertTrue(panel.columns("indexByName").containsKey(column.group(1)), panel::title);
      }
      Set<Object> shown = new HashSet<>(panel.columns("renameByName").values());
      for (Config override : panel.overrides()) {
        if (panel.type().equals("table")) {
          assertTrue(shown.contains(override.getString("matcher.options")), panel::title);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldNotOverlapPanels(Dashboard dashboard) {
    Set<Integer> ids = new HashSet<>();
    Set<Integer> cells = new HashSet<>();
    for (Config panel : dashboard.json().getConfigList("panels")) {
      assertTrue(ids.add(panel.getInt("id")));
      Config place = panel.getConfig("gridPos");
      int right = place.getInt("x") + place.getInt("w");
      assertTrue(right <= 24, () -> panel.getString("title"));
      for (int x = place.getInt("x"); x < right; x++) {
        for (int y = place.getInt("y"); y < place.getInt("y") + place.getInt("h"); y++) {
          assertTrue(cells.add(y * 24 + x), () -> panel.getString("title"));
        }
      }
    }
  }

  private static List<Target> targets(Dashboard dashboard) {
    return dashboard.panels().stream().flatMap(panel -> panel.targets().stream()).toList();
  }

  private static Set<String> names(Dashboard dashboard) {
    return dashboard.variables().stream()
        .map(variable -> variable.getString("name"))
        .collect(Collectors.toSet());
  }
}
