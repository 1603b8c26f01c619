package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class ProcStatTest {
  /** Every field has a different value, so that no two can be confused. */
  private static final String FIELDS =
      " S 4 5 6 7 8 9437184 10 11 12 13 14 15 16 17 18 19 20 -21 220022 23 18446744073709551615 25";

  private static Optional<ProcStat> parse(String text) {
    return ProcStat.parse(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sshd",
        "",
        " ",
        "a b",
        ")",
        "(",
        "((sd-pam))",
        "x) S 1 2 3 (",
        "two\nlines",
        "\\n"
      })
  void shouldParseAnyName(String name) {
    assertEquals(
        Optional.of(new ProcStat(name, 4, false, 20, 220022)), parse("77 (" + name + ")" + FIELDS));
  }

  @Test
  void shouldKeepEveryByteOfAName() {
    String name = "\u0001\u00ff\u00e4";
    assertEquals(name, parse("77 (" + name + ")" + FIELDS).orElseThrow().name());
  }

  @Test
  void shouldRecognizeKernelThreadsByTheirFlag() {
    assertTrue(
        parse("2 (kthreadd) S 0 0 0 0 -1 2129984" + after("9437184")).orElseThrow().kernelThread());
    assertFalse(
        parse("3 (x) S 0 0 0 0 -1 4194304" + after("9437184")).orElseThrow().kernelThread());
  }

  private static String after(String field) {
    return FIELDS.substring(FIELDS.indexOf(field) + field.length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "77", "77 (", "77 )(", "77 (x)", "77 (x) S", "77 (x) S 4 5 6 7 8 9 10 11 12"})
  void shouldRejectATruncatedLine(String text) {
    assertEquals(Optional.empty(), parse(text));
  }

  @Test
  void shouldRejectAFieldThatIsNoNumber() {
    assertEquals(Optional.empty(), parse("77 (x)" + FIELDS.replace("220022", "many")));
    assertEquals(Optional.empty(), parse("77 (x)" + FIELDS.replace(" S 4", " S four")));
  }

  @Test
  void shouldNotThrowAtAnyTruncation() {
    byte[] whole = ("77 (a) b)" + FIELDS).getBytes(StandardCharsets.ISO_8859_1);
    int needed = new String(whole, StandardCharsets.ISO_8859_1).indexOf(" 20 -21") + 7;
    for (int length = 0; length <= needed; length++) {
      assertEquals(Optional.empty(), ProcStat.parse(Arrays.copyOf(whole, length)));
    }
  }
}
