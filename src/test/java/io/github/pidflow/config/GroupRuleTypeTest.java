package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.config.AccountingSettings.GroupRule;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
          { unit = "(?P<name>.+)\\\\.service", group = "${name}" } | UNIT | a.service | a
          { comm = "([[:alpha:]&]+)[]x]*", group = "$10" }   | COMM      | a&]  | a&0
          { container = "", group = host }                   | CONTAINER | ~~   | host
          """)
  void shouldReadARule(String hocon, Attribute attribute, String value, String group) {
    GroupRule rule = ValueReadings.read(GroupRuleType::read, hocon).orElseThrow();

    assertEquals(attribute, rule.attribute());
    assertEquals(Optional.of(group), rule.pattern().group(value));
  }

  @Test
  void shouldMatchANewline() {
    GroupRule rule =
        ValueReadings.read(GroupRuleType::read, "{ comm = \"wor.*\", group = worker }")
            .orElseThrow();

    assertTrue(rule.pattern().group("worker\n1").isPresent());
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
          { comm = "a", group = "b\\\\" }      | x.group: "b\\\\" does not fit the pattern: its end lacks a character to escape
          { comm = "a", group = "$x" }         | x.group: "$x" does not fit the pattern: "$x" is no number or {name}
          { comm = "a", group = "${x" }        | x.group: "${x" does not fit the pattern: a } is missing
          { comm = "a)", group = b }           | x.comm: must be a regular expression in RE2 syntax, not "a)": a ( is missing before a )
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          (?!a).*                   | RE2 has no lookahead or lookbehind; let an earlier rule
          (?=a).*                   | RE2 has no lookahead or lookbehind
          .*(?<=a)                  | RE2 has no lookahead or lookbehind
          .*(?<!a)                  | RE2 has no lookahead or lookbehind
          (?>ab*)c                  | RE2 has no atomic groups, since it never backtracks; write (?: for (?>
          [^/]++x                   | RE2 has no possessive quantifiers, since it never backtracks; write + for ++
          a*+                       | RE2 has no possessive quantifiers, since it never backtracks; write * for *+
          a{2,3}+                   | RE2 has no possessive quantifiers, since it never backtracks; write {2,3} for {2,3}+
          (a)\\\\1                | RE2 has no backreferences; write a rule for each value
          (?<n>a)\\\\k<n>         | RE2 has no backreferences
          (?x) a                    | RE2 has the flags i, m, s and U only, not those of (?x
          \\\\p{Lower}            | RE2 has no class \\p{Lower}; it has such as \\pL, \\p{Greek} and [[:lower:]]
          \\\\h+                  | RE2 has no \\h; write [ \\t]
          a\\\\Z                  | RE2 has no \\Z; write \\z
          [a-z&&[^b]]               | RE2 has no && in a class; write the characters that are left
          [a[bc]]                   | RE2 has no class in a class
          a\\\\b{g}               | RE2 has no \\b{...}; write \\b
          a{1001}                   | invalid repeat count: {1001}
          (a{100}){100}             | it is too large
          ((((a?){30}){30}){30}){30}| it is too large
          """)
  void shouldAdviseWhatToWriteInsteadOfJavasSyntax(String regex, String advice) {
    List<String> problems =
        ValueReadings.problems(GroupRuleType::read, "{ comm = \"" + regex + "\", group = b }");

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).contains("\": " + advice), problems::toString);
  }

  /** The daemon's threads have small stacks, see config/jvm.options. */
  @ParameterizedTest
  @ValueSource(ints = {10, 50, 100, 400, 20_000})
  void shouldRefuseAnExpressionThatNeedsADeepStack(int depth) throws Exception {
    for (String regex :
        List.of(
            "(a?".repeat(depth) + ")".repeat(depth),
            "(".repeat(depth) + "a" + ")*".repeat(depth),
            "a|".repeat(depth),
            "(a?){" + depth + "}b")) {
      Optional<GroupRule> rule =
          ValueReadings.read(GroupRuleType::read, "{ comm = \"" + regex + "\", group = b }");
      FutureTask<Object> match =
          new FutureTask<>(() -> rule.flatMap(each -> each.pattern().group("a".repeat(500))));
      new Thread(null, match, "small stack", 220_000).start();

      match.get(10, TimeUnit.SECONDS);
    }
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
