package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.config.AccountingSettings.GroupRule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class GroupRuleTypeTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          { comm = "(a)(b)?", group = "$1-$2" }              | COMM      | a    | a-
          { exe = "/opt/(?<app>[^/]+)/.*", group = "${app}" } | EXE       | /opt/x/y | x
          { user = "w.*", group = "\\\\$1" }                 | USER      | web  | $1
          { unit = "(?x) (.+) \\\\.service # tail", group = "$1" } | UNIT | a.service | a
          { container = "", group = host }                   | CONTAINER | ~~   | host
          """)
  void shouldReadARule(String hocon, Attribute attribute, String value, String group) {
    GroupRule rule = ValueReadings.read(GroupRuleType::read, hocon).orElseThrow();

    assertEquals(attribute, rule.attribute());
    assertTrue(rule.pattern().matcher(value).matches());
    assertEquals(group, rule.pattern().matcher(value).replaceFirst(rule.group()));
  }

  @Test
  void shouldMatchANewline() {
    GroupRule rule =
        ValueReadings.read(GroupRuleType::read, "{ comm = \"wor.*\", group = worker }")
            .orElseThrow();

    assertTrue(rule.pattern().matcher("worker\n1").matches());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          { comm = "(a)", group = "$9" }       | x.group: "$9" does not fit the pattern: No group 9
          { comm = "(a)", group = "$2" }       | x.group: "$2" does not fit the pattern: No group 2
          { comm = "(a)", group = "${b}" }     | x.group: "${b}" does not fit the pattern: No group with name {b}
          { comm = "a", group = "$" }          | x.group: "$" does not fit the pattern:
          { comm = "a", group = "b\\\\" }      | x.group: "b\\\\" does not fit the pattern:
          { comm = "a)", group = b }           | x.comm: must be a regular expression, not "a)": Unmatched closing ')' at index 0
          { comm = 5, group = b }              | x.comm: must be a regular expression in quotes, not 5
          { comm = null, group = b }           | x.comm: must be a regular expression in quotes, not null
          { comm = "a", group = "" }           | x.group: must be a string that is not empty, not ""
          { comm = "a", group = 5 }            | x.group: must be a string that is not empty, not 5
          { comm = "a" }                       | x: must have a group
          { group = b }                        | x: must have exactly one of comm, exe, user, unit, container, has 0
          { comm = "a", exe = "b", group = b } | x: must have exactly one of comm, exe, user, unit, container, has 2
          { comm = "a", group = b, grup = c }  | x.grup: is not a key of a rule; did you mean group?
          [comm, a]                            | x: must be a rule such as { comm = "postgres.*", group = postgres }, not ["comm","a"]
          """)
  void shouldRefuse(String hocon, String expected) {
    List<String> problems = ValueReadings.problems(GroupRuleType::read, hocon);

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(expected), problems::toString);
  }

  @Test
  void shouldTellEverythingWrongWithARule() {
    List<String> problems =
        ValueReadings.problems(GroupRuleType::read, "{ \"a.b\" = 1, comm = \"(\", exe = 1 }");

    assertEquals(5, problems.size(), problems::toString);
  }

  @Test
  void shouldRefuseARuleThatCanNeverMatch() {
    ValueType<List<GroupRule>> rules =
        ValueTypes.listOf(GroupRuleType::read, GroupRuleType::identity);

    List<String> problems =
        ValueReadings.problems(
            rules, "[{ comm = a, group = b }, { exe = a, group = b }, { comm = a, group = c }]");

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith("x[2]: repeats element [0]"), problems::toString);
  }
}
