package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.config.AccountingSettings.GroupRule;
import io.github.pidflow.config.GroupPattern;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class GroupNamesTest {
  private static final ProcessInfo NGINX =
      new ProcessInfo(
          new ProcessId(7, 1), "nginx", "/usr/sbin/nginx", "www", "web.service", "c0ffee", "", 0);

  @ParameterizedTest
  @CsvSource({
    "COMM, nginx",
    "EXE, /usr/sbin/nginx",
    "USER, www",
    "UNIT, web.service",
    "CONTAINER, c0ffee"
  })
  void shouldFallBackToTheAttributeWhenNoRuleMatches(Attribute attribute, String group) {
    GroupNames names = names(attribute, rule(Attribute.COMM, "apache", "web"));

    assertEquals(group, names.group(NGINX));
  }

  @Test
  void shouldUseTheFirstMatchingRule() {
    GroupNames names =
        names(
            Attribute.COMM,
            rule(Attribute.COMM, "apache", "first"),
            rule(Attribute.USER, "w+", "second"),
            rule(Attribute.COMM, "nginx", "third"));

    assertEquals("second", names.group(NGINX));
  }

  @Test
  void shouldNotNameAGroupByAPeer() {
    ProcessInfo accepted =
        new ProcessInfo(
            new ProcessId(8, 1),
            "sshd",
            "",
            "root",
            "ssh@12-10.0.0.1:22-10.0.0.2:51234.service",
            "",
            "",
            0);

    assertEquals("ssh@.service", names(Attribute.UNIT).group(accepted));
    assertEquals(
        "ssh@",
        names(Attribute.COMM, rule(Attribute.UNIT, "(.+)\\.service", "$1")).group(accepted));
  }

  @ParameterizedTest
  @CsvSource({
    "COMM, ngin, nginx",
    "COMM, ginx, nginx",
    "EXE, nginx, nginx",
    "EXE, .*/nginx, web",
    "UNIT, '', nginx"
  })
  void shouldMatchOnlyTheWholeValue(Attribute attribute, String pattern, String group) {
    assertEquals(group, names(Attribute.COMM, rule(attribute, pattern, "web")).group(NGINX));
  }

  @ParameterizedTest
  @CsvSource({"(.*), $1", "(?<name>.*), ${name}", "n(g)i(n)x, $1-$2", ".*, web", ".*?, web"})
  void shouldSubstituteCapturedGroups(String pattern, String group) {
    String expected =
        group.replace("$1-$2", "g-n").replace("$1", "nginx").replace("${name}", "nginx");

    assertEquals(
        expected, names(Attribute.USER, rule(Attribute.COMM, pattern, group)).group(NGINX));
  }

  /** A search would stop at the shorter alternative and leave the rest in the name. */
  @ParameterizedTest
  @CsvSource({"ng|nginx, web, web", "(n|nginx), x-$1, x-nginx", "ngin.*?, web, web"})
  void shouldReplaceTheWholeValueWhenThePatternAlsoMatchesAPrefix(
      String pattern, String group, String expected) {
    assertEquals(
        expected, names(Attribute.COMM, rule(Attribute.COMM, pattern, group)).group(NGINX));
  }

  @Test
  void shouldMatchAnUnknownValueAsTheEmptyString() {
    GroupNames names = names(Attribute.COMM, rule(Attribute.UNIT, "", "no unit"));

    assertEquals("no unit", names.group(ProcessInfo.named(1, "init")));
    assertEquals("nginx", names.group(NGINX));
  }

  /** With Java's own expressions the first overflows the stack, and the second takes hours. */
  @ParameterizedTest
  @CsvSource({
    "(/[^/]+)+/bin/.*, /a, ''",
    "(/[^/]+)+, /a, x",
    "((a+)+)+b, a, ''",
    "(.*)(.*)(.*)(.*)(.*)x, a, ''",
    "(a|b|ab)*c, ab, ''"
  })
  void shouldMatchAValueMadeToTakeLong(String pattern, String repeated, String tail) {
    String exe = (repeated.repeat(4096) + tail).substring(0, 4095);
    ProcessInfo process = new ProcessInfo(new ProcessId(7, 1), "evil", exe, "www", "", "", "", 0);

    assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          GroupNames names = names(Attribute.COMM, rule(Attribute.EXE, pattern, "web"));
          for (int i = 0; i < 20; i++) {
            assertEquals(pattern.equals("(/[^/]+)+") ? "web" : "evil", names.group(process));
          }
        });
  }

  @Test
  void shouldTruncateALongValue() {
    ProcessInfo process =
        new ProcessInfo(new ProcessId(7, 1), "evil", "/" + "x".repeat(4094), "www", "", "", "", 0);

    String group = names(Attribute.EXE).group(process);

    assertEquals("/" + "x".repeat(510) + "…", group);
    assertEquals(group, names(Attribute.COMM, rule(Attribute.EXE, "(/x+.)", "$1")).group(process));
  }

  private static GroupRule rule(Attribute attribute, String pattern, String group) {
    return new GroupRule(attribute, GroupPattern.compile(pattern, group));
  }

  private static GroupNames names(Attribute fallback, GroupRule... rules) {
    return new GroupNames(
        new AccountingSettings(
            1, Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 1, List.of(rules), fallback));
  }
}
