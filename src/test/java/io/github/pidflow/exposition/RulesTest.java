package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.exposition.RuleFile.AlertTest;
import io.github.pidflow.exposition.RuleFile.Rule;
import io.github.pidflow.lab.Command;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The files in config/prometheus pass Prometheus's own tools and match the page. */
@Timeout(120)
class RulesTest {
  private static final Path RUNBOOK = Path.of("docs", "runbook.md");
  private static final String RUNBOOK_URL =
      "https://github.com/pidflow/pidflow/blob/main/docs/runbook.md#";

  /** Metrics that a rule may query before the page has them; the rule must be silent until then. */
  private static final Set<String> YET_TO_COME = Set.of();

  private static final Pattern METRIC = Pattern.compile("\\bpidflow_[a-z_]*[a-z]\\b");

  static List<Rule> rules() {
    return RuleFile.readRules();
  }

  static List<Rule> alerts() {
    return rules().stream().filter(Rule::isAlert).toList();
  }

  static List<Path> promtoolTests() {
    return RuleFile.tests();
  }

  @Test
  void shouldBeValidPrometheusConfigurations() {
    run("promtool", "check", "config", shipped("prometheus.yml"), shipped("federate.yml"));
  }

  @Test
  void shouldBeValidPrometheusRules() {
    List<String> command = new ArrayList<>(List.of("promtool", "check", "rules", "--lint-fatal"));
    RuleFile.rules().forEach(file -> command.add(file.toString()));
    run(command.toArray(String[]::new));
  }

  @Test
  void shouldBeAValidAlertmanagerConfiguration() {
    run("amtool", "check-config", shipped("alertmanager.yml"));
  }

  @ParameterizedTest
  @CsvSource({"critical, e-mail", "warning, webhook", "info, nobody"})
  void shouldRouteAlertsBySeverity(String severity, String receiver) {
    run(
        "amtool",
        "config",
        "routes",
        "test",
        "--config.file=" + shipped("alertmanager.yml"),
        "--verify.receivers=" + receiver,
        "severity=" + severity);
  }

  @ParameterizedTest
  @MethodSource("promtoolTests")
  void shouldPassThePromtoolRuleTests(Path file) {
    run("promtool", "test", "rules", file.toString());
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void shouldTestThatEachAlertFiresAndStaysSilent(Rule alert) {
    Set<AlertTest> tests = RuleFile.readAlertTests();
    assertTrue(tests.contains(new AlertTest(alert.name(), true)), "never fires");
    assertTrue(tests.contains(new AlertTest(alert.name(), false)), "is never silent");
  }

  @Test
  void shouldTestEveryRecordedRate() throws IOException {
    String tests = Files.readString(RuleFile.FOLDER.resolve("tests").resolve("rates.yml"));
    Set<String> alertedOn =
        alerts().stream().flatMap(alert -> alert.metrics().stream()).collect(Collectors.toSet());
    List<String> untested =
        rules().stream()
            .filter(rule -> !rule.isAlert())
            .map(Rule::name)
            .filter(name -> !tests.contains("expr: " + name) && !alertedOn.contains(name))
            .toList();
    assertEquals(List.of(), untested);
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void shouldHaveASeverityAndARunbook(Rule alert) throws IOException {
    assertTrue(alert.name().matches("Pidflow([A-Z][a-z]+)+"), "not CamelCase");
    assertTrue(
        Set.of("critical", "warning", "info").contains(alert.labels().get("severity")),
        () -> "severity in " + alert.labels());
    assertEquals(Set.of("summary", "description", "runbook_url"), alert.annotations().keySet());
    assertEquals(
        RUNBOOK_URL + alert.name().toLowerCase(Locale.ROOT),
        alert.annotations().get("runbook_url"));
    String section = sections().getOrDefault(alert.name(), "");
    for (String part : List.of("What it means.", "What to look at.", "What to do.")) {
      assertTrue(section.contains("**" + part + "**"), () -> part + " in: " + section);
    }
  }

  @Test
  void shouldHaveNoRunbookWithoutAnAlert() throws IOException {
    assertEquals(
        alerts().stream().map(Rule::name).collect(Collectors.toCollection(TreeSet::new)),
        new TreeSet<>(sections().keySet()));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void shouldQueryExistingMetrics(Rule rule) throws Exception {
    Set<String> unknown = new TreeSet<>(rule.metrics());
    assertTrue(!unknown.isEmpty(), "no metric at all");
    unknown.removeAll(known());
    assertEquals(Set.of(), unknown);
  }

  @Test
  void shouldNameOnlyExistingMetricsInTheRunbook() throws Exception {
    Set<String> unknown = new TreeSet<>();
    Matcher metric = METRIC.matcher(Files.readString(RUNBOOK).replaceAll("[a-z_]+:\\S+", ""));
    while (metric.find()) {
      unknown.add(metric.group());
    }
    assertTrue(unknown.size() > 5, () -> "too few to be all: " + unknown);
    unknown.removeAll(known());
    assertEquals(Set.of(), unknown);
  }

  @Test
  void shouldHaveACommentAboveEachRule() throws IOException {
    List<String> bare = new ArrayList<>();
    for (Path file : RuleFile.rules()) {
      String before = "";
      for (String line : Files.readAllLines(file)) {
        if (line.matches("\\s*- (alert|record): .*") && !before.strip().startsWith("# ")) {
          bare.add(line.strip());
        }
        before = line;
      }
    }
    assertEquals(List.of(), bare);
  }

  @Test
  void shouldFindTheMetricsOfAnExpression() {
    assertEquals(
        Set.of("a_total", "job:b:rate5m", "up"),
        RuleFile.metrics(
            "sum by (job) (rate(a_total{x=\"} y\",z!~\"w\"}[5m] offset 1h)) / 2.5e3 > bool 1e6"
                + "\nand on (job, instance) group_left (unit) job:b:rate5m unless up == 1"));
  }

  /** All series that Prometheus stores: the page's, its own, and those that rules record. */
  private static Set<String> known() throws Exception {
    DaemonCounters counters = new DaemonCounters();
    Part[] whole = {
      Part.of("traffic", new TrafficFamilies(Snapshots::small, Snapshots::capture, () -> 1)),
      Part.of(
          "daemon",
          new DaemonFamilies(new BuildInfo("1.2.3", ""), counters, () -> Map.of("metering", true))),
      Part.of("jvm", SimpleclientFamilies.ofJvm())
    };
    Set<String> known = new HashSet<>(YET_TO_COME);
    known.add("up");
    rules().stream().filter(rule -> !rule.isAlert()).map(Rule::name).forEach(known::add);
    try (LocalEndpoint endpoint = new LocalEndpoint(whole)) {
      for (String line : endpoint.get("/metrics").body().split("\n", -1)) {
        if (!line.startsWith("#")) {
          known.add(line.split("[{ ]", 2)[0]);
        }
      }
    }
    return known;
  }

  /** The runbook's sections by heading. */
  private static Map<String, String> sections() throws IOException {
    String[] parts = Files.readString(RUNBOOK).split("(?m)^## ", -1);
    return List.of(parts).subList(1, parts.length).stream()
        .collect(Collectors.toMap(part -> part.lines().findFirst().orElseThrow(), part -> part));
  }

  private static String shipped(String name) {
    return RuleFile.FOLDER.resolve(name).toString();
  }

  private static void run(String... command) {
    Command.run(List.of(command));
  }
}
