package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class AnswerBufferTest {
  private static final int UNIT = 1 << 16;

  private final AnswerBuffer.Budget budget = new AnswerBuffer.Budget(3 * UNIT);

  @Test
  void shouldHoldTextAsUtf8() throws IOException {
    String text = "a\u00e9\u4e2d\ud83d\ude00".repeat(20_000);
    try (AnswerBuffer answer = new AnswerBuffer(new AnswerBuffer.Budget(1 << 20))) {
      answer.write(text);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      answer.writeTo(out);

      assertEquals(text, out.toString(UTF_8));
      assertEquals(out.size(), answer.length());
    }
  }

  @Test
  void shouldShareTheBudgetWithAllOthers() throws IOException {
    try (AnswerBuffer one = new AnswerBuffer(budget);
        AnswerBuffer other = new AnswerBuffer(budget)) {
      one.write("x".repeat(2 * UNIT));

      assertThrows(AnswerBuffer.NoRoom.class, () -> other.write("x".repeat(UNIT + 1)));
    }
  }

  @Test
  void shouldGiveItsPartOfTheBudgetBack() throws IOException {
    for (int i = 0; i < 3; i++) {
      try (AnswerBuffer answer = new AnswerBuffer(budget)) {
        answer.write("x".repeat(3 * UNIT));
        assertThrows(AnswerBuffer.NoRoom.class, () -> answer.write("x"));
      }
    }
  }
}
