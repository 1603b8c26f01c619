package io.github.pidflow.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.github.pidflow.lab.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every query of every dashboard on a real Prometheus that scraped real daemons while
 * processes talked, started and ended. {@code src/bench/dashboards} runs it longer and draws
 * pictures of the results.
 */
@Timeout(1200)
class DashboardIT {
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

  private static final Pattern SET_VARIABLE =
      Pattern.compile("var-(\\w+)=\\$\\{__data\\.fields\\.(\\w+)}");
  private static final Path PREVIEWS = Path.of("target", "dashboards");
  private static final Duration RANGE =
      Duration.ofSeconds(Integer.getInteger("preview.seconds", 30));
  private static final Duration LIMIT = RANGE.plusSeconds(120);

  /** How long a scrape may take on a busy machine until its samples can be queried. */
  private static final long SETTLE_NANOS = 2_000_000_000;

  private static Fleet fleet;

  /** The time of all queries: what is scraped later changes no answer. */
  private static Instant seenAt;

  static List<Dashboard> dashboards() {
    return Dashboard.all();
  }

  /** Waits until Prometheus has data for a little more than the range. */
  @BeforeAll
  static void letThemTalk() {
    fleet = new Fleet(RANGE);
    String seen = "min(count_over_time(pidflow_build_info[1h]))";
    fleet.await(seen, LIMIT, scrapes -> scrapes > RANGE.toSeconds() + 5);
    seenAt = Instant.now();
    Waiting.pause(SETTLE_NANOS);
  }

  @AfterAll
  static void close() {
    fleet.close();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldHaveDataInEveryPanel(Dashboard dashboard) throws IOException {
    Variables variables = Variables.all(dashboard, RANGE);

    List<Answers> answers =
        dashboard.panels().stream()
            .map(panel -> Answers.of(panel, variables, fleet.prometheus(), seenAt))
            .toList();

    PreviewPage.write(PREVIEWS.resolve(dashboard.uid() + ".html"), dashboard, answers);
    assertEquals(List.of(), answers.stream().flatMap(one -> one.empty().stream()).toList());
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldOfferValuesForEveryVariable(Dashboard dashboard) {
    Variables variables = Variables.all(dashboard, RANGE);
    for (Config variable : dashboard.variablesOfType("query")) {
      Matcher query = LABEL_VALUES.matcher(variables.in(variable.getString("query")));
      assertTrue(query.matches());
      assertFalse(
          fleet.prometheus().labelValues(query.group(1), query.group(2)).isEmpty(), query::group);
    }
  }

  @Test
  void shouldLinkFromTheProcessListToASingleProcess() {
    Dashboard dashboard = named("Process traffic");
    Variables all = Variables.all(dashboard, RANGE);
    Panel list = panel(dashboard, "Processes", "table");
    Map<String, Object> nginx =
        TableView.rows(Answers.of(list, all, fleet.prometheus(), seenAt)).stream()
            .filter(row -> row.get("comm").equals("nginx") && row.get("instance").equals("web-2"))
            .findFirst()
            .orElseThrow();

    Variables one = all.with(chosenBy(list, "PID", nginx));
    List<Series> shown =
        Answers.of(
                panel(dashboard, "Traffic by process", "timeseries"),
                one,
                fleet.prometheus(),
                seenAt)
            .series()
            .values()
            .stream()
            .flatMap(List::stream)
            .toList();

    Map<String, Object> who = Map.of("comm", "nginx", "instance", "web-2", "pid", nginx.get("pid"));
    assertEquals(List.of(who, who), shown.stream().map(Series::labels).toList());
  }

  @Test
  void shouldShowNewAndEndedProcesses() {
    Dashboard dashboard = named("Process traffic");
    Variables all = Variables.all(dashboard, RANGE);

    assertEquals(List.of("xmrig on web-2"), who(dashboard, "New groups", "group", all));
    List<String> gone = who(dashboard, "Ended processes", "comm", all);
    assertTrue(gone.contains("rsync on web-1"), gone::toString);
    List<String> come = who(dashboard, "New processes", "comm", all);
    assertTrue(come.contains("xmrig on web-2") && !come.contains("nginx on web-2"), come::toString);
  }

  @Test
  void shouldCountBytesSentBeforeTheFirstScrape() {
    Dashboard dashboard = named("Process traffic");
    Variables all = Variables.all(dashboard, RANGE);
    Panel list = panel(dashboard, "Processes", "table");
    String ofThoseThereBefore = "0.0";

    Map<String, Long> bashes =
        TableView.rows(Answers.of(list, all, fleet.prometheus(), seenAt)).stream()
            .filter(row -> row.get("comm").equals("bash") && row.containsKey("Value #A"))
            .map(row -> row.get("Value #A").toString())
            .filter(sent -> !sent.equals(ofThoseThereBefore))
            .collect(Collectors.groupingBy(sent -> sent, Collectors.counting()));

    assertEquals(Set.of("33.0"), bashes.keySet(), "a datagram of 5 bytes each");
    assertTrue(bashes.get("33.0") >= RANGE.toSeconds() / 2, bashes::toString);
  }

  private static List<String> who(Dashboard dashboard, String title, String label, Variables all) {
    return TableView.rows(
            Answers.of(panel(dashboard, title, "table"), all, fleet.prometheus(), seenAt))
        .stream()
        .map(row -> row.get(label) + " on " + row.get("instance"))
        .toList();
  }

  private static Dashboard named(String title) {
    return Dashboard.all().stream()
        .filter(one -> one.title().equals(title))
        .findFirst()
        .orElseThrow();
  }

  private static Panel panel(Dashboard dashboard, String title, String type) {
    return dashboard.panels().stream()
        .filter(one -> one.title().equals(title) && one.type().equals(type))
        .findFirst()
        .orElseThrow();
  }

  /** The variables that a click on a table cell sets, with the values of its row. */
  private static Map<String, String> chosenBy(Panel table, String column, Map<String, Object> row) {
    String url =
        table.overrides().stream()
            .filter(one -> one.getString("matcher.options").equals(column))
            .flatMap(one -> one.getConfigList("properties").stream())
            .filter(one -> one.getString("id").equals("links"))
            .findFirst()
            .orElseThrow()
            .getConfigList("value")
            .get(0)
            .getString("url");
    return SET_VARIABLE
        .matcher(url)
        .results()
        .collect(Collectors.toMap(set -> set.group(1), set -> row.get(set.group(2)).toString()));
  }
}
