package io.github.pidflow.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every query of every dashboard, answered by a real Prometheus that scraped real daemons while
 * processes talked, came and went. {@code src/bench/dashboards} runs it for a longer time and makes
 * pictures of what it saw.
 */
@Timeout(1200)
class DashboardIT {
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

  private static final Duration RANGE = Duration.ofSeconds(Integer.getInteger("range", 30));
  private static final Duration LIMIT = RANGE.plusSeconds(120);

  private static Fleet fleet;

  static List<Dashboard> dashboards() {
    return Dashboard.all();
  }

  /** Waits until Prometheus has seen a little more than the range, so that it has a past. */
  @BeforeAll
  static void letThemTalk() {
    fleet = new Fleet(RANGE);
    String seen = "min(count_over_time(pidflow_build_info[1h]))";
    fleet.await(seen, LIMIT, scrapes -> scrapes > RANGE.toSeconds() + 5);
  }

  @AfterAll
  static void close() {
    fleet.close();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldShowSomethingInEveryPanel(Dashboard dashboard) {
    Variables variables = Variables.all(dashboard, RANGE);
    List<Answers> answers =
        dashboard.panels().stream()
            .map(panel -> Answers.of(panel, variables, fleet.prometheus()))
            .toList();

    assertEquals(List.of(), answers.stream().flatMap(one -> one.empty().stream()).toList());
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldOfferChoicesForEveryVariable(Dashboard dashboard) {
    Variables variables = Variables.all(dashboard, RANGE);
    for (Config variable : dashboard.variablesOfType("query")) {
      Matcher query = LABEL_VALUES.matcher(variables.in(variable.getString("query")));
      assertTrue(query.matches());
      assertFalse(
          fleet.prometheus().labelValues(query.group(1), query.group(2)).isEmpty(), query::group);
    }
  }
}
