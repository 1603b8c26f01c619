package io.github.pidflow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the jar and the Debian package say about the libraries in the jar. */
class LicensesIT {
  private static final Path JAR = Path.of(System.getProperty("jar.under.test"));

  /** A library, indented below the name of its licence. */
  private static final Pattern LIBRARY = Pattern.compile("(?m)^ {2}([\\w-]+)");

  private static final Pattern LICENSE = Pattern.compile("(?m)^([\\w.-]+):$");

  @Test
  void shouldNameEveryLibraryInTheJar() throws IOException {
    assertEquals(bundled(), all(LIBRARY, notice()));
  }

  @Test
  void shouldHoldTheTextOfEveryLicense() throws IOException {
    for (String license : all(LICENSE, notice())) {
      String text = entry("META-INF/licenses/" + license + ".txt");
      assertTrue(text.contains("WITHOUT WARRANT") || text.contains("AS IS"), license);
    }
  }

  @Test
  void shouldSayTheSameInTheDebianPackage() throws IOException {
    String copyright = Files.readString(Path.of("src", "deb", "copyright"));

    assertEquals(bundled(), all(LIBRARY, copyright.split("\n\n", 4)[1]));
    for (String license : all(LICENSE, notice())) {
      assertTrue(copyright.contains("\nLicense: " + license + '\n'), license);
    }
  }

  /** The names in the bill of materials. */
  private static Set<String> bundled() throws IOException {
    JsonNode bill =
        new JsonMapper().readTree(Files.readString(JAR.resolveSibling("pidflow-sbom.json")));
    Set<String> names = new TreeSet<>();
    bill.get("components").forEach(each -> names.add(each.get("name").asString()));
    return names;
  }

  private static String notice() throws IOException {
    return entry("META-INF/NOTICE");
  }

  private static String entry(String name) throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes(), UTF_8);
    }
  }

  private static Set<String> all(Pattern pattern, String text) {
    List<String> found = pattern.matcher(text).results().map(LicensesIT::name).toList();
    return found.stream().collect(Collectors.toCollection(TreeSet::new));
  }

  private static String name(MatchResult result) {
    return result.group(1);
  }
}
