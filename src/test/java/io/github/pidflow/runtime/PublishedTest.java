package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class PublishedTest {
  private final Published<List<String>> published = new Published<>(List.of());

  @Test
  void shouldAnswerTheLatestValue() {
    assertEquals(List.of(), published.latest());

    published.publish(List.of("a"));

    assertEquals(List.of("a"), published.latest());
  }

  @Test
  void shouldShowAReaderTheFirstValueAsNewAndThenOnlyChanges() {
    Published.Reader<List<String>> reader = published.reader();
    assertTrue(reader.advance());
    assertFalse(reader.advance());

    published.publish(List.of("a"));

    assertEquals(List.of(), reader.current());
    assertTrue(reader.advance());
    assertEquals(List.of("a"), reader.current());
    assertFalse(reader.advance());
  }

  @Test
  void shouldKeepReadersApart() {
    Published.Reader<List<String>> one = published.reader();
    Published.Reader<List<String>> other = published.reader();

    assertTrue(one.advance());
    assertTrue(other.advance());
  }
}
