package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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

/**
 * Relative links in the Markdown pages lead to an existing file, and anchors to a heading in it.
 */
@Timeout(20)
class DocumentationTest {
  private static final int README_WORDS = 1_200;
  private static final Path README = Path.of("README.md");
  private static final Path DOCS = Path.of("docs");
  private static final Path INDEX = DOCS.resolve("README.md");
  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```");
  private static final Pattern LINK = Pattern.compile("]\\(([^()\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+)$");

  @ParameterizedTest
  @MethodSource("pages")
  void shouldHaveNoBrokenLinks(Path page) throws IOException {
    assertEquals(List.of(), broken(page, Files.readString(page)));
  }

  @ParameterizedTest
  @CsvSource({
    "[a](no-such-page.md), no-such-page.md",
    "[a](README.md#no-such-heading), README.md#no-such-heading",
    "[a](#no-such-heading), #no-such-heading",
    "![a](docs/no-such-picture.png), docs/no-such-picture.png"
  })
  void shouldDetectABrokenLink(String text, String link) throws IOException {
    assertEquals(List.of(link), broken(README, "# Heading\n\n" + text));
  }

  @Test
  void shouldListEveryPageInTheIndex() throws IOException {
    Set<Path> listed =
        links(Files.readString(INDEX)).stream()
            .map(link -> DOCS.resolve(link).normalize())
            .collect(Collectors.toSet());
    Set<Path> unlisted = markdown(DOCS).collect(Collectors.toCollection(TreeSet::new));
    unlisted.remove(INDEX);
    unlisted.removeAll(listed);

    assertEquals(Set.of(), unlisted);
    assertTrue(links(Files.readString(README)).contains(INDEX.toString()));
  }

  @Test
  void shouldHaveAShortReadme() throws IOException {
    int words = Files.readString(README).strip().split("\\s+", -1).length;

    assertTrue(words <= README_WORDS, () -> words + " words");
  }

  static Stream<Path> pages() throws IOException {
    return Stream.concat(markdown(Path.of("")), markdown(DOCS));
  }

  private static Stream<Path> markdown(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".md")).sorted().toList().stream();
    }
  }

  private static List<String> broken(Path page, String text) throws IOException {
    List<String> broken = new ArrayList<>();
    for (String link : links(text)) {
      String[] parts = link.split("#", 2);
      Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
      boolean found = Files.exists(target);
      if (found && parts.length == 2) {
        found = anchors(parts[0].isEmpty() ? text : Files.readString(target)).contains(parts[1]);
      }
      if (!found) {
        broken.add(link);
      }
    }
    return broken;
  }

  private static List<String> links(String text) {
    return LINK.matcher(FENCED.matcher(text).replaceAll(""))
        .results()
        .map(match -> match.group(1))
        .filter(link -> !link.contains("://"))
        .toList();
  }

  /** The anchors GitHub generates for the headings; it numbers repeated ones. */
  private static Set<String> anchors(String text) {
    Set<String> anchors = new HashSet<>();
    Map<String, Integer> seen = new HashMap<>();
    Matcher heading = HEADING.matcher(FENCED.matcher(text).replaceAll(""));
    while (heading.find()) {
      String anchor =
          heading
              .group(1)
              .strip()
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N}_ -]", "")
              .replace(' ', '-');
      int times = seen.merge(anchor, 1, Integer::sum);
      anchors.add(times == 1 ? anchor : anchor + '-' + (times - 1));
    }
    return anchors;
  }
}
