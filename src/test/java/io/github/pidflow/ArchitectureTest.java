package io.github.pidflow;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

  private static final Map<String, Set<String>> ALLOWED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("flow", Set.of()),
              Map.entry("config", Set.of("flow")),
              Map.entry("linux", Set.of()),
              Map.entry("runtime", Set.of("flow")),
              Map.entry("host", Set.of("flow", "linux", "runtime")),
              Map.entry("capture", Set.of("flow", "host", "linux", "runtime", "config")),
              Map.entry("decode", Set.of("flow", "runtime")),
              Map.entry("ownership", Set.of("flow", "linux", "runtime", "config", "host")),
              Map.entry("accounting", Set.of("flow", "ownership", "runtime", "config")),
              Map.entry("recording", Set.of("flow", "runtime", "capture")),
              Map.entry(
                  "exposition", Set.of("accounting", "flow", "runtime", "config", "recording")),
              Map.entry(
                  "daemon",
                  Set.of(
                      "accounting",
                      "capture",
                      "config",
                      "decode",
                      "exposition",
                      "flow",
                      "host",
                      "linux",
                      "ownership",
                      "recording",
                      "runtime"))));

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(BASE);

  /** All but the daemon, which wires the others together and so may know every one. */
  private static Set<String> roomsWithinWalls() {
    Set<String> rooms = new TreeSet<>(ALLOWED.keySet());
    rooms.remove("daemon");
    return rooms;
  }

  @Test
  void shouldHaveNoRoomButThoseOfTheDesign() {
    Map<String, Set<String>> arrows = arrows();
    arrows.forEach((room, known) -> System.out.println(line(room, known)));

    assertEquals(ALLOWED.keySet(), arrows.keySet());
  }

  @ParameterizedTest
  @MethodSource("roomsWithinWalls")
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
    "io.prometheus.client,    (exposition|daemon)\\..*",
    "com.sun.net.httpserver,  exposition\\..*",
    "org.snakeyaml,           exposition\\..*",
    "at.favre.lib,            exposition\\..*",
    "picocli,                 daemon\\..*",
    "com.google.gson,         (exposition|daemon)\\..*",
    "org.jline,               daemon\\..*",
    "ch.qos.logback,          daemon\\..*"
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

  @Test
  void shouldStayReadableInADay() throws IOException {
    List<Integer> lengths = lengths(Path.of("src", "main", "java"));
    int median = lengths.get(lengths.size() / 2);
    System.out.println(
        lengths.size() + " main files, median " + median + " lines, longest " + longest(lengths));

    assertTrue(median <= 117, "HikariCP's is 117");
    assertTrue(longest(lengths) <= 350, () -> "a file of " + longest(lengths) + " lines");
  }

  private static List<Integer> lengths(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      List<Integer> lengths = new ArrayList<>();
      for (Path source : sources) {
        lengths.add(Files.readAllLines(source).size());
      }
      return lengths.stream().sorted().toList();
    }
  }

  private static int longest(List<Integer> sorted) {
    return sorted.get(sorted.size() - 1);
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

  private static String line(String room, Set<String> known) {
    return "%-10s --> %s".formatted(room, known.stream().collect(Collectors.joining(", ")));
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
