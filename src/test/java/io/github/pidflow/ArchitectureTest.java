package io.github.pidflow;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package may know which, and who may know a library. Prints the arrows as they are. */
@Timeout(60)
class ArchitectureTest {
  private static final String BASE = "io.github.pidflow";
  private static final Pattern ROOM = Pattern.compile("io\\.github\\.pidflow\\.(\\w+)(?:\\..*)?");

  private static final int MAX_FILES = 40;
  private static final int MAX_LINES = 4000;
  private static final double MAX_PUBLIC_SHARE = 0.6;

  /** What these hold is there to be seen from elsewhere. */
  private static final Set<String> NOUNS_AND_TOOLS = Set.of("flow", "runtime", "config", "linux");

  private static final Set<String> COMMANDS_MAY_KNOW =
      Set.of(
          "accounting",
          "attribution",
          "capture",
          "config",
          "exposition",
          "flow",
          "host",
          "linux",
          "metering",
          "ownership",
          "processes",
          "recording",
          "runtime",
          "sockets",
          "sockettable",
          "webconfig");

  private static final Set<String> SERVICE_MAY_KNOW =
      Set.of(
          "accounting",
          "capture",
          "cli",
          "config",
          "exposition",
          "flow",
          "host",
          "linux",
          "metering",
          "ownership",
          "recording",
          "runtime",
          "webconfig");

  private static final Map<String, Set<String>> ALLOWED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("flow", Set.of()),
              Map.entry("config", Set.of("flow", "runtime")),
              Map.entry("linux", Set.of()),
              Map.entry("bpf", Set.of("linux")),
              Map.entry("runtime", Set.of("flow")),
              Map.entry("host", Set.of("flow", "linux", "runtime")),
              Map.entry("capture", Set.of("flow", "host", "linux", "runtime", "config")),
              Map.entry("decode", Set.of("flow", "runtime")),
              Map.entry("processes", Set.of("bpf", "flow", "linux", "runtime")),
              Map.entry("sockets", Set.of("bpf", "config", "flow", "host", "linux", "runtime")),
              Map.entry("sockettable", Set.of("flow", "linux", "processes", "runtime", "sockets")),
              Map.entry(
                  "ownership",
                  Set.of(
                      "bpf",
                      "config",
                      "flow",
                      "host",
                      "linux",
                      "processes",
                      "runtime",
                      "sockets",
                      "sockettable")),
              Map.entry("attribution", Set.of("config", "flow", "host", "runtime", "sockettable")),
              Map.entry("accounting", Set.of("attribution", "config", "flow", "runtime")),
              Map.entry("recording", Set.of("attribution", "capture", "flow", "linux", "runtime")),
              Map.entry(
                  "metering",
                  Set.of(
                      "accounting",
                      "attribution",
                      "capture",
                      "config",
                      "decode",
                      "flow",
                      "host",
                      "linux",
                      "ownership",
                      "recording",
                      "runtime",
                      "sockettable")),
              Map.entry("webconfig", Set.of("runtime")),
              Map.entry("negotiation", Set.of()),
              Map.entry(
                  "exposition",
                  Set.of(
                      "accounting",
                      "config",
                      "flow",
                      "negotiation",
                      "recording",
                      "runtime",
                      "webconfig")),
              Map.entry("cli", COMMANDS_MAY_KNOW),
              Map.entry("daemon", SERVICE_MAY_KNOW)));

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(BASE);

  private static Set<String> rooms() {
    return ALLOWED.keySet();
  }

  @Test
  void shouldHaveNoRoomButThoseOfTheDesign() {
    assertEquals(ALLOWED.keySet(), arrows().keySet());
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void shouldKnowOnlyTheRoomsItMay(String room) {
    Set<String> forbidden = new TreeSet<>(ALLOWED.keySet());
    forbidden.removeAll(ALLOWED.get(room));
    forbidden.remove(room);

    noClasses()
        .that()
        .resideInAPackage(packageOf(room))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            forbidden.stream().map(ArchitectureTest::packageOf).toArray(String[]::new))
        .check(MAIN);
  }

  @Test
  void shouldLetNoCommandKnowMain() {
    noClasses()
        .that(DescribedPredicate.not(nameMatching(BASE.replace(".", "\\.") + "\\.daemon\\.Main")))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName(BASE + ".daemon.Main")
        .check(MAIN);
  }

  @Test
  void shouldHaveNoCycle() {
    slices().matching(BASE + ".(*)..").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void shouldShowExpositionNothingOfAccountingButItsSnapshot() {
    DescribedPredicate<JavaClass> anythingElse =
        resideInAPackage(packageOf("accounting"))
            .and(DescribedPredicate.not(nameMatching(".*\\.TrafficSnapshot(\\$.*)?")));

    noClasses()
        .that()
        .resideInAPackage(packageOf("exposition"))
        .should()
        .dependOnClassesThat(anythingElse)
        .check(MAIN);
  }

  @ParameterizedTest
  @CsvSource({
    "com.sun.jna,             linux\\..*|capture\\.Libpcap",
    "org.pcap4j,              capture\\..*",
    "com.typesafe.config,     config\\..*",
    "com.google.re2j,         config\\..*",
    "io.prometheus.client,    (exposition|cli|daemon)\\..*",
    "com.sun.net.httpserver,  (exposition|webconfig)\\..*",
    "org.snakeyaml,           webconfig\\..*",
    "at.favre.lib,            webconfig\\..*",
    "picocli,                 (cli|daemon)\\..*",
    "com.google.gson,         (exposition|cli)\\..*",
    "org.jline,               cli\\..*",
    "ch.qos.logback,          (cli|daemon)\\..*"
  })
  void shouldKeepALibraryWhereItBelongs(String library, String users) {
    noClasses()
        .that(DescribedPredicate.not(nameMatching("io\\.github\\.pidflow\\.(" + users + ")")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library + "..")
        .check(MAIN);
  }

  /** The rule itself must see a library: one that is in nobody's hands would forbid nothing. */
  @ParameterizedTest
  @CsvSource({
    "com.sun.jna",
    "org.pcap4j",
    "com.typesafe.config",
    "com.google.re2j",
    "io.prometheus.client",
    "com.sun.net.httpserver",
    "org.snakeyaml",
    "at.favre.lib",
    "picocli",
    "com.google.gson",
    "org.jline",
    "ch.qos.logback"
  })
  void shouldSeeThatALibraryIsUsed(String library) {
    assertTrue(
        MAIN.stream()
            .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
            .anyMatch(each -> each.getTargetClass().getPackageName().startsWith(library)));
  }

  /**
   * A room holds one idea. One that outgrows these bounds wants a wall, and one that shows most of
   * itself has none. There is no bound on a file: a class cut in two for a number is no better.
   */
  @ParameterizedTest
  @MethodSource("rooms")
  void shouldKeepARoomSmallAndItsTypesToItself(String room) throws IOException {
    Path folder = Path.of("src", "main", "java", "io", "github", "pidflow", room);
    int files = sources(folder).size();
    long lines = lines(folder);
    List<JavaClass> types =
        MAIN.stream().filter(each -> each.isTopLevelClass() && room(each).equals(room)).toList();
    long shown = types.stream().filter(each -> each.getModifiers().contains(PUBLIC)).count();
    System.out.printf(
        "%-11s %2d files %5d lines %2d public --> %s%n",
        room, files, lines, shown, String.join(", ", arrows().get(room)));

    assertTrue(files <= MAX_FILES, () -> room + " has " + files + " files");
    assertTrue(lines <= MAX_LINES, () -> room + " has " + lines + " lines");
    assertTrue(
        NOUNS_AND_TOOLS.contains(room) || shown <= files * MAX_PUBLIC_SHARE,
        () -> room + " shows " + shown + " of its " + files + " types");
  }

  private static List<Path> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  private static long lines(Path folder) throws IOException {
    long lines = 0;
    for (Path source : sources(folder)) {
      lines += Files.readAllLines(source).size();
    }
    return lines;
  }

  private static Map<String, Set<String>> arrows() {
    Map<String, Set<String>> arrows = new TreeMap<>();
    for (JavaClass each : MAIN) {
      String from = room(each);
      Set<String> known = arrows.computeIfAbsent(from, ignored -> new TreeSet<>());
      each.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(target -> target.getPackageName().startsWith(BASE))
          .map(ArchitectureTest::room)
          .filter(to -> !to.equals(from))
          .forEach(known::add);
    }
    return arrows;
  }

  /** The first part below the base; a class outside of every room is a room without a name. */
  private static String room(JavaClass each) {
    Matcher matcher = ROOM.matcher(each.getPackageName());
    return matcher.matches() ? matcher.group(1) : "";
  }

  private static String packageOf(String room) {
    return BASE + '.' + room + "..";
  }
}
