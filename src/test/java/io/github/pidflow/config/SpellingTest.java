package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class SpellingTest {

  @ParameterizedTest
  @CsvSource({"'','',0", "abc,abc,0", "'',abc,3", "abc,'',3", "kitten,sitting,3", "ab,ba,2"})
  void shouldCountEdits(String from, String to, int expected) {
    assertEquals(expected, Spelling.distance(from, to));
  }

  @Test
  void shouldFindTheNearestWithinTwoEdits() {
    List<String> known = List.of("level", "lever", "engine");

    assertEquals(Optional.of("level"), Spelling.nearest("levell", known));
    assertEquals(Optional.of("level"), Spelling.nearest("leve", known));
    assertEquals(Optional.empty(), Spelling.nearest("motor", known));
    assertEquals("", Spelling.didYouMean("motor", known));
  }
}
