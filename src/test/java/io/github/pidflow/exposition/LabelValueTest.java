package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class LabelValueTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nginx",
        "kworker/0:1-events",
        "dev-disk-by\\x2duuid.service",
        "say \"hi\"\n",
        "caf\u00e9 \u65e5\u672c \ud83d\ude00",
        "\ud83d\ude00\ud83d\ude00",
        "\ufffd"
      })
  void shouldKeepAPrintableNameUnchanged(String name) {
    assertSame(name, LabelValue.of(name));
  }

  @Test
  void shouldReplaceControlCharactersWithControlPictures() {
    assertEquals(
        "a\u2400b\u240dc\u241b[31m\u2409\u2421", LabelValue.of("a\u0000b\rc\u001b[31m\t\u007f"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0080", "\u0085", "\u009f", "\u2028", "\u2029"})
  void shouldReplaceOtherControlCharactersAndLineSeparators(String control) {
    assertEquals("a\ufffdb", LabelValue.of("a" + control + "b"));
  }

  @ParameterizedTest
  @CsvSource({
    "D83D, 0061, FFFD, 0061",
    "0061, D83D, 0061, FFFD",
    "DE00, 0061, FFFD, 0061",
    "0061, DE00, 0061, FFFD",
    "DE00, D83D, FFFD, FFFD",
    "D83D, D83D, FFFD, FFFD",
    "D83D, DE00, D83D, DE00"
  })
  void shouldReplaceUnpairedSurrogates(
      String first, String second, String shownFirst, String shownSecond) {
    assertEquals(unit(shownFirst) + unit(shownSecond), LabelValue.of(unit(first) + unit(second)));
  }

  private static String unit(String hex) {
    return Character.toString((char) Integer.parseInt(hex, 16));
  }
}
